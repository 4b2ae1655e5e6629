"""The steps of one execution, told from its stream of events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from api.reports.decisions import DecisionView
from api.reports.files import FileView
from domain.executions.models import ExecutionEvent

BEGINNINGS = frozenset({"execution.started"})


@dataclass(frozen=True, slots=True)
class StepView:
    """One step. `outcome` is passed, failed, running or cut (nobody said how it ended)."""

    index: int
    kind: str
    title: str
    outcome: str
    milliseconds: float | None
    message: str
    started_at: datetime
    ended_at: datetime | None = None
    share: float = 0.0
    """Its part of the longest step of the test, in percent."""
    decisions: Sequence[DecisionView] = ()
    pictures: Sequence[FileView] = ()

    @property
    def number(self) -> int:
        """Steps are counted from one when people read them."""
        return self.index + 1


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


def tell_steps(events: Sequence[ExecutionEvent], *, is_over: bool) -> list[StepView]:
    """The steps of the last attempt, in order.

    Args:
        events: The stream from its beginning.
        is_over: Whether the execution has ended: then a step without an end was cut off.
    """
    told = _Told()
    for event in events:
        if event.kind in BEGINNINGS:
            told = _Told()
        elif event.kind == "step.started":
            _begin(told, event)
        elif event.kind == "step.finished":
            _finish(told, event)
    steps = [told.steps[index] for index in sorted(told.steps)]
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
        outcome="passed" if data.get("outcome") == "passed" else "failed",
        milliseconds=milliseconds,
        ended_at=None if milliseconds is None else began + timedelta(milliseconds=milliseconds),
        message=_read_text(data, "message"),
    )


def _read_index(data: Mapping[str, object]) -> int:
    index = data.get("index")
    return index if isinstance(index, int) else 0


def _read_text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
