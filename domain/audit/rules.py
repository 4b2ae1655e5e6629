"""How a chain is hashed and checked: the same arithmetic as `append_audit` in migration 0009."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Link:
    """What of an entry goes into its hash, and the hash that was stored."""

    seq: int
    at: datetime
    record: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a chain, as it was written down."""

    seq: int
    hash: bytes


class Fault(StrEnum):
    """What is wrong with a chain, in words about the first entry that shows it."""

    MISSING = "is missing"
    CHANGED = "was changed, or put in the place of another"
    INSERTED = "was inserted: it stands outside the chain"
    CUT = "is missing, with everything after it: the end was cut off"
    REWRITTEN = "is not the one that was noted: the chain was written anew"
    HEADLESS = "has no head to end at: the head of the chain was deleted"


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain breaks first."""

    seq: int
    fault: Fault


def begin_chain(workspace_id: UUID) -> bytes:
    """What the first entry is hashed with, so that no chain passes for another workspace's."""
    return hashlib.sha256(f"metamorph audit {workspace_id}".encode()).digest()


def hash_entry(previous: bytes, seq: int, at: datetime, record: str) -> bytes:
    """The hash of an entry that follows one with the hash `previous`."""
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    numbers = (seq, microseconds)
    raw = b"".join(number.to_bytes(NUMBER_BYTES, "big", signed=True) for number in numbers)
    return hashlib.sha256(previous + raw + record.encode()).digest()


class ChainCheck:
    """Follows one chain from its beginning; the first break ends it.

    Args:
        workspace_id: Whose chain.
        head: Where it must end; None where there is none.
        noted: A head that was noted elsewhere at an earlier time, to be found again.
    """

    def __init__(self, workspace_id: UUID, head: Head | None, noted: Head | None = None) -> None:
        self._head = head
        self._noted = noted
        self.last = Head(0, begin_chain(workspace_id))

    def follow(self, link: Link) -> Break | None:
        """Check the next entry, in the order of their numbers."""
        due = self.last.seq + 1
        if link.seq < due:
            return Break(link.seq, Fault.INSERTED)
        if self._head is not None and link.seq > self._head.seq:
            return self._find_cut() or Break(link.seq, Fault.INSERTED)
        if link.seq > due:
            return Break(due, Fault.MISSING)
        if hash_entry(self.last.hash, link.seq, link.at, link.record) != link.hash:
            return Break(link.seq, Fault.CHANGED)
        if (
            self._noted is not None
            and self._noted.seq == link.seq
            and self._noted.hash != link.hash
        ):
            return Break(link.seq, Fault.REWRITTEN)
        self.last = Head(link.seq, link.hash)
        return None

    def finish(self) -> Break | None:
        """Check that the chain ends where its head says, and reaches what was noted."""
        cut = self._find_cut()
        if cut is not None:
            return cut
        if self._head is None:
            return None if self.last.seq == 0 else Break(self.last.seq, Fault.HEADLESS)
        if self._head.hash != self.last.hash:
            return Break(self.last.seq, Fault.CHANGED)
        return None

    def _find_cut(self) -> Break | None:
        ends = [one.seq for one in (self._head, self._noted) if one is not None]
        if self.last.seq < max(ends, default=0):
            return Break(self.last.seq + 1, Fault.CUT)
        return None
