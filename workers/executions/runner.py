"""The contract between the engine and whatever carries an execution out."""

from dataclasses import dataclass, field
from typing import Protocol

from domain.executions.records import AttemptEnd, Claim, NewEvent
from domain.shared.database import JsonObject


class Report(Protocol):
    """How a runner tells what it is doing; events reach the stream in batches, in order."""

    def __call__(self, event: NewEvent, progress: JsonObject | None = None) -> None:
        """Note an event, and what the parent's stream should say of it (step, steps)."""
        ...


class Runner(Protocol):
    """Carries out executions of one kind.

    `overtime_seconds` is what it may need, beyond an execution's own limit, to say what it saw
    until then; a runner that watches the limit itself keeps its evidence that way.
    """

    overtime_seconds: float

    async def run(self, claim: Claim, report: Report) -> AttemptEnd:
        """Do the work and say how it ended.

        A cancelled task is an order to stop: end every process that was started (TERM, grace,
        KILL), and only then let `CancelledError` out. The caller enforces the timeout.
        """
        ...


@dataclass(frozen=True, slots=True)
class Lane:
    """A queue that a worker serves, and how many of its executions it carries at a time."""

    queue: str
    slots: int
    runners: dict[str, Runner] = field(default_factory=dict)
