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


@dataclass(slots=True)
class Owed:
    """A request that is not counted yet, so that it is counted in one go with its operation.

    Attributes:
        requests: How many; none once they are counted.
        standing: How the address stands with its requests then.
    """

    requests: int = 0
    standing: Standing | None = None


class Caller(Protocol):
    """Whoever asks for an operation; a `Context`.

    Attributes:
        credential: What tells one sign-in from the others, without being one; empty for nobody's.
    """

    client_address: str
    credential: str
    owed: Owed

    async def actor_if_any(self) -> Actor | None:
        """Who it is, looked up, or None."""
        ...


class Meter(Protocol):
    """Counts what callers ask for; fulfilled by the composition root."""

    def check_room(self, caller: Caller) -> None:
        """Look whether anything at all fits, before time is spent on what is asked.

        Raises:
            TooMany: It was too much a moment ago.
        """
        ...

    async def charge_operation(self, caller: Caller, cost: int) -> Standing | None:
        """Count an operation, before its caller is looked up; None where nobody counts.

        Raises:
            TooMany: This is too much at this time.
            Unavailable: Nobody can be looked up now.
        """
        ...

    async def charge_refusal(self, caller: Caller, cost: int) -> Standing | None:
        """Count what was refused, for the address alone.

        Raises:
            TooMany: This is too much at this time.
        """
        ...
