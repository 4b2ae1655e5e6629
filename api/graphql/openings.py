"""How many sockets and event streams one address and one person hold open in this process."""

from collections import Counter
from collections.abc import Sequence
from typing import Self
from uuid import UUID

from domain.shared.addresses import places_of
from domain.shared.errors import TooMany

Key = str | UUID
RETRY_SECONDS = 10
"""Nobody knows when somebody closes one; this is soon enough for whoever did."""


class Openings:
    """Counts what stays open; whoever holds something lets go of it however the block ends.

    Each process counts its own: what they guard is the memory of a process, and a count that many
    share would outlive those that are killed.

    Args:
        per_address: For one address; 0 for no limit. A whole IPv6 site may have eight times that.
        per_person: The same for one person, whatever the address.
        operations: That one person has open on all sockets together.
    """

    def __init__(self, per_address: int, per_person: int, operations: int = 0) -> None:
        self._per_address = per_address
        self._per_person = per_person
        self._operations = operations
        self._held: Counter[Key] = Counter()

    @property
    def held(self) -> int:
        """How many places and people hold something; none when everything is closed."""
        return len(self._held)

    def hold_for_address(self, address: str) -> "Opening":
        """Count something open for an address.

        Raises:
            TooMany: It has as many as it may.
        """
        limit = self._per_address
        return self._hold([(place, limit * share) for place, share in places_of(address)])

    def hold_for_person(self, user_id: UUID) -> "Opening":
        """Count something open for a person.

        Raises:
            TooMany: The person has as many as may be.
        """
        return self._hold([(user_id, self._per_person)])

    def hold_operation(self, user_id: UUID) -> "Opening":
        """Count an operation that a person begins on a socket.

        Raises:
            TooMany: The person has as many as may be.
        """
        return self._hold([(f"operations of {user_id}", self._operations)])

    def let_go(self, keys: Sequence[Key]) -> None:
        """Count something no more."""
        self._held.subtract(keys)
        for key in keys:
            if not self._held[key]:
                del self._held[key]

    def _hold(self, limits: Sequence[tuple[Key, int]]) -> "Opening":
        if any(0 < limit <= self._held[key] for key, limit in limits):
            raise TooMany(RETRY_SECONDS)
        keys = tuple(key for key, _ in limits)
        self._held.update(keys)
        return Opening(self, keys)


class Opening:
    """Something that is counted until its block ends; small, because there may be thousands."""

    __slots__ = ("_keys", "_openings")

    def __init__(self, openings: Openings, keys: Sequence[Key]) -> None:
        self._openings = openings
        self._keys = keys

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go, however the block ended."""
        self.close()

    def close(self) -> None:
        """Let go; may be called twice."""
        keys, self._keys = self._keys, ()
        self._openings.let_go(keys)
