"""Who counts what operations cost their callers."""

from dataclasses import dataclass
from typing import Final, Protocol

from domain.shared.actor import Actor

METER: Final = "meter"
"""Name in `Context.extras`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands with the limit that is nearest to its end."""

    limit: int
    remaining: int
    reset_seconds: int


class Meter(Protocol):
    """Counts what callers ask for; fulfilled by the composition root."""

    async def charge_operation(
        self, actor: Actor | None, address: str, cost: int
    ) -> Standing | None:
        """Count an operation; None where nobody counts.

        Raises:
            TooMany: This is too much at this time.
        """
        ...
