"""What one process remembers of its callers for a moment, so that it need not ask for it again."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.shared.windows import Charge, Full

MOST = 10_000
HOLD_SECONDS = 1.0
"""How long a full window is taken for full unasked; whoever is told to wait waits a second."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Who is charged for what came with a credential."""

    user_id: UUID
    workspace_id: UUID
    is_exempt: bool


class KnownCallers:
    """Whose a credential was when it was last looked up; the longest unused go first.

    It decides what is charged before the credential is looked up again, and nothing else.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: OrderedDict[str, Whose] = OrderedDict()

    def find(self, credential: str) -> Whose | None:
        """Whose it was, None where that is not known."""
        return self._known.get(credential)

    def note(self, credential: str, whose: Whose | None) -> None:
        """Remember whose it is; None where it is nobody's any more."""
        self._known.pop(credential, None)
        if whose is None or not credential:
            return
        self._known[credential] = whose
        if len(self._known) > self._most:
            self._known.popitem(last=False)


class FullWindows:
    """Windows that had no room left at all a moment ago: a flood is refused without asking Redis."""

    def __init__(self, most: int = MOST, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._monotonic = monotonic
        self._full: OrderedDict[str, tuple[float, Full]] = OrderedDict()

    def note(self, full: Full) -> None:
        """Remember a refusal, if nothing at all fits any more."""
        if full.used < full.charge.limit:
            return
        self._full[full.charge.key] = (self._monotonic() + HOLD_SECONDS, full)
        self._full.move_to_end(full.charge.key)
        if len(self._full) > self._most:
            self._full.popitem(last=False)

    def check(self, charges: Sequence[Charge]) -> None:
        """Refuse what was refused a moment ago.

        Raises:
            TooMany: One of the windows is full.
        """
        for charge in charges:
            until, full = self._full.get(charge.key, (0.0, None))
            if full is None:
                continue
            if self._monotonic() < until:
                raise Full(charge, full.retry_after_seconds, full.used)
            del self._full[charge.key]
