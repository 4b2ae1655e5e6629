"""The steps of one execution, told from its stream of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from api.reports.decisions import DecisionView
from api.reports.files import FileView
from api.reports.plan import PlannedStep
from domain.executions.models import ExecutionEvent

BEGINNINGS = frozenset({"execution.started"})
OUTCOMES: Mapping[object, str] = {"passed": "passed", "stopped": "cut"}
"""What a worker says of a step that ended, and what a report calls it; all else is a failure."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One step.

    `outcome` is passed, failed, running, cut (it was stopped, or nobody said how it ended) or
    ahead (nobody came to it, so that `started_at` is None).
    """

    index: int
    kind: str
    title: str
    outcome: str
    milliseconds: float | None
    message: str
    started_at: datetime | None
    ended_at: datetime | None = None
    share: float = 0.0
    """Its part of the longest step of the test, in percent."""
    decisions: Sequence[DecisionView] = ()
    pictures: Sequence[FileView] = ()

    @property
    def number(self) -> int:
        """Steps are counted from one when people read them."""
        return self.index + 1

    @property
    def reason(self) -> str:
        """Why it did not pass, without the number and the title, which stand beside it."""
        rest = self.message.removeprefix(f"Step {self.number} ({self.title}): ")
        return rest[:1].upper() + rest[1:]


@dataclass(slots=True)
class _Told:
    """What the stream has told so far about the attempt that is running."""

    steps: dict[int, StepView] = field(default_factory=dict)
    run_began: datetime | None = None

    def place(self, event: ExecutionEvent) -> datetime:
        """When a step really began: events are written in batches, their `elapsed_ms` is exact."""
        elapsed = event.data.get("elapsed_ms")
        if not isinstance(elapsed, int | float):
            return event.created_at
        since = timedelta(milliseconds=elapsed)
        if self.run_began is None:
            self.run_began = event.created_at - since
        return self.run_began + since


def tell_attempts(events: Sequence[ExecutionEvent]) -> dict[int, list[StepView]]:
    """The steps of each attempt the stream tells of, by the number of the attempt, in order."""
    attempts: dict[int, _Told] = {}
    number = 0
    for event in events:
        if event.kind in BEGINNINGS:
            told_number = event.data.get("attempt")
            number = told_number if isinstance(told_number, int) else number + 1
            attempts[number] = _Told()
        elif event.kind == "step.started":
            _begin(attempts.setdefault(number, _Told()), event)
        elif event.kind == "step.finished":
            _finish(attempts.setdefault(number, _Told()), event)
    return {
        number: [told.steps[index] for index in sorted(told.steps)]
        for number, told in attempts.items()
    }


def tell_steps(events: Sequence[ExecutionEvent], *, is_over: bool) -> list[StepView]:
    """The steps of the last attempt, in order.

    Args:
        events: The stream from its beginning, or its last part.
        is_over: Whether nobody works on it any more: then a step without an end was cut off.
    """
    attempts = tell_attempts(events)
    steps = attempts[max(attempts)] if attempts else []
    if is_over:
        steps = [
            replace(step, outcome="cut") if step.outcome == "running" else step for step in steps
        ]
    longest = max((step.milliseconds or 0.0 for step in steps), default=0.0)
    if not longest:
        return steps
    return [
        replace(step, share=round(100 * (step.milliseconds or 0) / longest, 1)) for step in steps
    ]


def add_unreached(steps: Sequence[StepView], planned: Sequence[PlannedStep]) -> list[StepView]:
    """All steps of a test, in order: those that were told of, and those nobody came to."""
    told = {step.index for step in steps}
    ahead = [
        StepView(one.index, one.kind, one.title, "ahead", None, "", None)
        for one in planned
        if one.index not in told
    ]
    return sorted([*steps, *ahead], key=lambda step: step.index)


def _begin(told: _Told, event: ExecutionEvent) -> None:
    index = _read_index(event.data)
    told.steps[index] = StepView(
        index=index,
        kind=_read_text(event.data, "kind"),
        title=_read_text(event.data, "title") or f"Step {index + 1}",
        outcome="running",
        milliseconds=None,
        message="",
        started_at=told.place(event),
    )


def _finish(told: _Told, event: ExecutionEvent) -> None:
    index = _read_index(event.data)
    if index not in told.steps:
        _begin(told, event)
    data = event.data
    spent = data.get("ms", data.get("milliseconds"))
    milliseconds = float(spent) if isinstance(spent, int | float) else None
    began = told.steps[index].started_at
    told.steps[index] = replace(
        told.steps[index],
        outcome=OUTCOMES.get(data.get("outcome"), "failed"),
        milliseconds=milliseconds,
        ended_at=_add(began, milliseconds),
        message=_read_text(data, "message"),
    )


def _add(began: datetime | None, milliseconds: float | None) -> datetime | None:
    if began is None or milliseconds is None:
        return None
    return began + timedelta(milliseconds=milliseconds)


def _read_index(data: Mapping[str, object]) -> int:
    index = data.get("index")
    return index if isinstance(index, int) else 0


def _read_text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
