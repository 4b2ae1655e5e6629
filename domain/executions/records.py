"""What the engine hands around: plain values read from rows, never the rows themselves."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.executions.states import AttemptOutcome, Status
from domain.shared.database import JsonObject


@dataclass(frozen=True, slots=True)
class Claim:
    """An execution that one worker holds under `attempt`, its fencing token."""

    id: UUID
    workspace_id: UUID
    kind: str
    queue: str
    title: str
    subject_id: UUID | None
    parent_id: UUID | None
    input: JsonObject
    attempt: int
    failures: int
    losses: int
    max_attempts: int
    timeout_seconds: float
    created_by: UUID | None
    seq: int


@dataclass(frozen=True, slots=True)
class AttemptEnd:
    """How an attempt ended, as its worker (or the reaper) reports it.

    Attributes:
        is_final: Whether trying again would come to the same: a test that failed has failed.
    """

    outcome: AttemptOutcome
    output: JsonObject | None = None
    error_code: str | None = None
    error_message: str | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append to a stream."""

    kind: str
    data: JsonObject


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as its holder knows it."""

    id: UUID
    attempt: int


@dataclass(frozen=True, slots=True)
class Expired:
    """A lease whose holder is silent."""

    id: UUID
    workspace_id: UUID
    attempt: int
    worker: str
    lease_until: datetime
    failures: int
    losses: int
    max_attempts: int
    cancel_requested: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """An execution after a write: enough to tell its parent and its listeners."""

    id: UUID
    workspace_id: UUID
    status: Status
    parent_id: UUID | None
    lane: UUID | None
    subject_id: UUID | None
    title: str
    seq: int
