"""How many sockets and event streams one address and one person hold open in this process."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

from domain.shared.addresses import places_of
from domain.shared.errors import TooMany

RETRY_SECONDS = 10
"""Nobody knows when somebody closes one; this is soon enough for whoever did."""


class Openings:
    """Counts what stays open; whoever holds something lets go of it however the block ends.

    Each process counts its own: what they guard is the memory of a process, and a count that many
    share would outlive those that are killed.

    Args:
        per_address: For one address; 0 for no limit. A whole IPv6 site may have eight times that.
        per_person: The same for one person, whatever the address.
    """

    def __init__(self, per_address: int, per_person: int) -> None:
        self._per_address = per_address
        self._per_person = per_person
        self._held: Counter[str | UUID] = Counter()

    @property
    def held(self) -> int:
        """How many places and people hold something; none when everything is closed."""
        return len(self._held)

    @contextlib.contextmanager
    def hold_for_address(self, address: str) -> Iterator[None]:
        """Count something open for an address.

        Raises:
            TooMany: It has as many as it may.
        """
        limit = self._per_address
        with self._hold([(place, limit * share) for place, share in places_of(address)]):
            yield

    @contextlib.contextmanager
    def hold_for_person(self, user_id: UUID) -> Iterator[None]:
        """Count something open for a person.

        Raises:
            TooMany: The person has as many as may be.
        """
        with self._hold([(user_id, self._per_person)]):
            yield

    @contextlib.contextmanager
    def _hold(self, limits: Sequence[tuple[str | UUID, int]]) -> Iterator[None]:
        if any(0 < limit <= self._held[key] for key, limit in limits):
            raise TooMany(RETRY_SECONDS)
        keys = [key for key, _ in limits]
        self._held.update(keys)
        try:
            yield
        finally:
            self._held.subtract(keys)
            for key in keys:
                if not self._held[key]:
                    del self._held[key]
