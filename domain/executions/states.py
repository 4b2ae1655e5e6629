"""The one state machine: what an execution can be, and which way it may go."""

from enum import StrEnum


class Status(StrEnum):
    """State of an execution."""

    REQUESTED = "requested"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    TIMED_OUT = "timed_out"
    ABANDONED = "abandoned"


class AttemptOutcome(StrEnum):
    """How one claim ended; `lost` means the worker never said, `released` that it handed back."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    RELEASED = "released"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    # What a person carries out waits for no worker: it runs as soon as it is its turn.
    Status.REQUESTED: frozenset({Status.SCHEDULED, Status.RUNNING, Status.CANCELED}),
    Status.SCHEDULED: frozenset({Status.RUNNING, Status.CANCELED}),
    Status.RUNNING: frozenset(
        {
            Status.SCHEDULED,
            Status.SUCCEEDED,
            Status.FAILED,
            Status.CANCELED,
            Status.TIMED_OUT,
            Status.ABANDONED,
        }
    ),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELED: frozenset(),
    Status.TIMED_OUT: frozenset(),
    Status.ABANDONED: frozenset(),
}
"""From each state, where it may go. Terminal states go nowhere. The database refuses the rest."""

TERMINAL = frozenset(status for status, following in TRANSITIONS.items() if not following)
