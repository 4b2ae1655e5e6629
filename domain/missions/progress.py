"""A run as its watchers see it: the events of its stream, typed, with counts that fit each event."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.executions.models import ExecutionEvent
from domain.executions.states import Status
from domain.missions.rules import RETRIED
from domain.shared.database import JsonObject


class ProgressKind(StrEnum):
    """What happened to the run, or to one of its tests."""

    RUN_REQUESTED = "execution.requested"
    RUN_SCHEDULED = "execution.scheduled"
    RUN_STARTED = "execution.started"
    RUN_FINISHED = "execution.finished"
    TEST_SCHEDULED = "child.scheduled"
    TEST_STARTED = "child.started"
    TEST_PROGRESS = "child.progress"
    TEST_FINISHED = "child.finished"


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How far a run has come; `failed` counts what a retry would carry out again."""

    total: int = 0
    done: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """One event of a run.

    Attributes:
        seq: Its number in the stream of the run; a watcher resumes after it.
        test_id: The test of the mission it is about, if any, with the execution of that test.
        step_index: The step that has ended, counted from 0; workers number steps from 1.
        steps_total: How many steps the test has.
        counts: As they were once this event had happened.
    """

    seq: int
    at: datetime
    kind: ProgressKind
    run_id: UUID
    counts: RunCounts
    execution_id: UUID | None = None
    test_id: UUID | None = None
    title: str | None = None
    status: Status | None = None
    step_index: int | None = None
    steps_total: int | None = None
    milliseconds: float | None = None


class ProgressReader:
    """Turns the events of one run into progress, in order, and counts along.

    Args:
        counts: What had been reached at the event before the first one to read.

    Attributes:
        counts: What has been reached at the last one that was read.
    """

    def __init__(self, counts: RunCounts) -> None:
        self.counts = counts

    def read(self, event: ExecutionEvent) -> Progress | None:
        """The event for a watcher; `None` for events of other kinds."""
        try:
            kind = ProgressKind(event.kind)
        except ValueError:
            return None
        data = event.data
        status, step = _status(data), _whole(data, "step")
        if kind is ProgressKind.TEST_FINISHED:
            self.counts = RunCounts(
                total=self.counts.total,
                done=self.counts.done + 1,
                failed=self.counts.failed + (status in RETRIED),
            )
        return Progress(
            seq=event.seq,
            at=event.created_at,
            kind=kind,
            run_id=event.execution_id,
            counts=self.counts,
            execution_id=_id(data, "execution_id"),
            test_id=_id(data, "subject_id"),
            title=_text(data, "title"),
            status=status,
            step_index=None if step is None else step - 1,
            steps_total=_whole(data, "steps"),
            milliseconds=_number(data, "ms"),
        )


def _id(data: JsonObject, name: str) -> UUID | None:
    value = data.get(name)
    return UUID(value) if isinstance(value, str) else None


def _text(data: JsonObject, name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) else None


def _whole(data: JsonObject, name: str) -> int | None:
    value = data.get(name)
    return value if isinstance(value, int) else None


def _number(data: JsonObject, name: str) -> float | None:
    value = data.get(name)
    return float(value) if isinstance(value, int | float) else None


def _status(data: JsonObject) -> Status | None:
    value = data.get("status")
    return Status(value) if isinstance(value, str) else None
