"""The outline of a report: rows turned into what a reader looks for, top to bottom."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID

from api.reports.attempts import AttemptView, show_attempts
from api.reports.decisions import DecisionView, count_decisions, show_decision
from api.reports.facts import list_facts
from api.reports.figures import Bar, Tick, TimeScale, measure
from api.reports.files import FileView, Trouble, pick_files
from api.reports.memory import Memory, sum_up_memory
from api.reports.plan import Plan, read_plan
from api.reports.rows import ReportRows
from api.reports.steps import StepView, add_unreached, tell_attempts, tell_steps
from domain.elements.models import ElementDecision
from domain.elements.reading.repository import DecisionCounts
from domain.executions.models import Execution
from domain.executions.states import TERMINAL, Status
from domain.missions.rules import BROWSER_KIND

MAX_KEPT = 500
STATUS_WORDS: Mapping[Status, tuple[str, str]] = {
    Status.REQUESTED: ("Waiting", "waiting"),
    Status.SCHEDULED: ("Waiting", "waiting"),
    Status.RUNNING: ("Running", "running"),
    Status.SUCCEEDED: ("Passed", "passed"),
    Status.FAILED: ("Failed", "failed"),
    Status.CANCELED: ("Canceled", "canceled"),
    Status.TIMED_OUT: ("Timed out", "failed"),
    Status.ABANDONED: ("Given up", "failed"),
}


@dataclass(frozen=True, slots=True)
class TestView:
    """One test of the run, or the run itself when nothing ran below it."""

    __test__ = False

    anchor: str
    title: str
    kind: str
    label: str
    tone: str
    milliseconds: float | None
    message: str
    note: str
    kept: Sequence[tuple[str, str]]
    """What `extract` and `observe` steps kept, by name."""
    steps: Sequence[StepView]
    requests: Sequence[str]
    """What the person who carries out a manual test is asked to do."""
    lack: str
    """What one looks for in vain, and why, in a sentence."""
    is_over: bool
    attempts: Sequence[AttemptView]
    counts: DecisionCounts
    pictures: Sequence[FileView]
    files: Sequence[FileView]
    trouble: Trouble
    bar: Bar | None = None
    step_bars: Sequence[tuple[Bar, StepView]] = ()

    @property
    def is_open(self) -> bool:
        """What did not pass is what one wants to see first."""
        return self.tone in ("failed", "running")

    @property
    def reached(self) -> int:
        """How many of the steps somebody came to."""
        return sum(step.outcome != "ahead" for step in self.steps)

    @property
    def says_more(self) -> bool:
        """Whether its message stands nowhere else: in no step that failed, and not in the note."""
        told = {self.note.strip(), *(step.message for step in self.steps)}
        return bool(self.message) and self.message.strip() not in told


@dataclass(frozen=True, slots=True)
class Report:
    """All of it."""

    title: str
    kind: str
    label: str
    tone: str
    verdict: str
    message: str
    started_at: datetime | None
    finished_at: datetime | None
    milliseconds: float | None
    tests: Sequence[TestView]
    counts: DecisionCounts
    memory: Memory | None
    step_total: int
    steps_reached: int
    ticks: Sequence[Tick]
    facts: Sequence[tuple[str, str]]
    is_one_test: bool
    """Whether it is about a test itself, not about a run with tests in it."""
    is_cut: bool

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(test.tone == "passed" for test in self.tests)

    @property
    def failures(self) -> list[TestView]:
        """Tests of a run that did not pass."""
        if self.is_one_test:
            return []
        return [test for test in self.tests if test.tone == "failed"]


def outline_report(
    rows: ReportRows,
    files: Mapping[UUID, Sequence[FileView]],
    trouble: Mapping[UUID, Trouble],
    now: datetime,
) -> Report:
    """Turn rows into a report.

    Args:
        rows: As they were read.
        files: The files of each execution, with addresses.
        trouble: What each execution's page complained about.
        now: Where a run that is still going on ends for now.
    """
    leaves = list_leaves(rows)
    tests = [
        _outline_test(rows, row, files.get(row.id, ()), trouble.get(row.id, Trouble()), now)
        for row in leaves
    ]
    scale = TimeScale.around(list(_list_moments(leaves, now)))
    tests = [_place(test, row, scale, now) for test, row in zip(tests, leaves, strict=True)]
    label, tone = STATUS_WORDS[rows.top.status]
    return Report(
        title=rows.top.title,
        kind=rows.top.kind,
        label=label,
        tone=tone,
        verdict="" if leaves == [rows.top] else _word_verdict(tests),
        message=_read_message(rows.top),
        started_at=rows.top.started_at,
        finished_at=rows.top.finished_at,
        milliseconds=_measure_execution(rows.top, now),
        tests=tests,
        counts=_add_up(test.counts for test in tests),
        memory=sum_up_memory([one for row in leaves for one in _list_last(rows, row)]),
        step_total=sum(len(test.steps) for test in tests),
        steps_reached=sum(test.reached for test in tests),
        ticks=scale.ticks() if scale else [],
        facts=list_facts(rows, leaves),
        is_one_test=leaves == [rows.top],
        is_cut=rows.is_cut,
    )


def list_leaves(rows: ReportRows) -> list[Execution]:
    """What really ran: executions with nothing below them, by when they began."""
    parents = {row.parent_id for row in rows.below}
    leaves = [row for row in rows.below if row.id not in parents] or [rows.top]
    return sorted(
        leaves, key=lambda row: row.started_at or datetime.max.replace(tzinfo=row.created_at.tzinfo)
    )


def _outline_test(
    rows: ReportRows,
    row: Execution,
    files: Sequence[FileView],
    trouble: Trouble,
    now: datetime,
) -> TestView:
    label, tone = STATUS_WORDS[row.status]
    plan = _read_plan(rows, row)
    mine = pick_files(files, row.attempt)
    decisions = _list_last(rows, row)
    shown = [(one, show_decision(one, rows.pictures.get(one.id))) for one in decisions]
    steps = [_dress(step, shown, mine) for step in _tell_all_steps(rows, row, plan)]
    told_of = {step.index for step in steps}
    output = row.output or {}
    note = output.get("note")
    told = tell_attempts(rows.events[row.id])
    return TestView(
        anchor=f"test-{row.id}",
        title=row.title,
        kind=row.kind,
        label=label,
        tone=tone,
        milliseconds=measure(
            row.started_at, now if row.status == Status.RUNNING else row.finished_at
        ),
        message=_read_message(row),
        note=note if isinstance(note, str) else "",
        kept=_list_kept(output.get("extracted")),
        steps=steps,
        requests=plan.requests,
        lack=_word_lack(row, mine),
        is_over=row.status in TERMINAL,
        attempts=show_attempts(rows.attempts[row.id], told, files, rows.decisions[row.id], plan),
        counts=count_decisions(decisions),
        pictures=[one for one in mine if one.is_picture and one.step_index not in told_of],
        files=[one for one in mine if not one.is_picture],
        trouble=trouble,
    )


def _list_last(rows: ReportRows, row: Execution) -> list[ElementDecision]:
    """The decisions of the last attempt."""
    return [one for one in rows.decisions[row.id] if one.attempt == row.attempt]


def _read_plan(rows: ReportRows, row: Execution) -> Plan:
    test = None if row.subject_id is None else rows.tests.get(row.subject_id)
    return read_plan(test, row)


def _tell_all_steps(rows: ReportRows, row: Execution, plan: Plan) -> list[StepView]:
    """The steps of the last attempt, and those that it did not come to."""
    steps = tell_steps(rows.events[row.id], is_over=row.status != Status.RUNNING)
    return steps if row.status == Status.SUCCEEDED else add_unreached(steps, plan.steps)


def _read_message(row: Execution) -> str:
    """Why it did not pass; a run of several only counts its tests, as the verdict does."""
    is_count = (row.error_code or "").startswith("CHILDREN_")
    return "" if is_count else row.error_message or ""


def _word_lack(row: Execution, files: Sequence[FileView]) -> str:
    if row.kind != BROWSER_KIND or row.status not in TERMINAL:
        return ""
    if row.attempt == 0:
        return "It was never begun."
    if files:
        return ""
    what = "test" if row.attempt == 1 else "last attempt"
    return f"No picture and no file of this {what} was kept."


def _list_kept(extracted: object) -> list[tuple[str, str]]:
    if not isinstance(extracted, Mapping):
        return []
    return [
        (
            str(name),
            (value if isinstance(value, str) else json.dumps(value, default=str))[:MAX_KEPT],
        )
        for name, value in extracted.items()
    ]


def _dress(
    step: StepView,
    decisions: Sequence[tuple[ElementDecision, DecisionView]],
    files: Sequence[FileView],
) -> StepView:
    """Add what is known about a step from elsewhere."""
    return replace(
        step,
        decisions=[view for one, view in decisions if one.step_index == step.index],
        pictures=[one for one in files if one.is_picture and one.step_index == step.index],
    )


def _place(test: TestView, row: Execution, scale: TimeScale | None, now: datetime) -> TestView:
    if scale is None or row.started_at is None:
        return test
    end = row.finished_at or now
    begun = [(step.started_at, step) for step in test.steps if step.started_at is not None]
    moments = [*(moment for moment, _ in begun), end]
    bars = [
        (scale.place(moment, step.ended_at or following), step)
        for (moment, step), following in zip(begun, moments[1:], strict=True)
    ]
    return replace(test, bar=scale.place(row.started_at, end), step_bars=bars)


def _list_moments(rows: Sequence[Execution], now: datetime) -> Iterable[datetime]:
    for row in rows:
        if row.started_at is not None:
            yield row.started_at
            yield row.finished_at or now


def _measure_execution(row: Execution, now: datetime) -> float | None:
    return measure(row.started_at, row.finished_at or now)


def _word_verdict(tests: Sequence[TestView]) -> str:
    """`7 of 8 tests passed, 1 failed`."""
    tones = [test.tone for test in tests]
    passed = tones.count("passed")
    words = [f"{passed} of {len(tones)} {'test' if len(tones) == 1 else 'tests'} passed"]
    others = ("failed", "canceled", "running", "waiting")
    words += [f"{tones.count(tone)} {tone}" for tone in others if tone in tones]
    return ", ".join(words)


def _add_up(counts: Iterable[DecisionCounts]) -> DecisionCounts:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(asdict(one))
    return DecisionCounts(**total)
