"""The outline of a report: rows turned into what a reader looks for, top to bottom."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from api.reports.decisions import show_decision
from api.reports.figures import Bar, Tick, TimeScale, format_moment, measure
from api.reports.files import FileView, Trouble
from api.reports.rows import ReportRows
from api.reports.steps import StepView, tell_steps
from domain.elements.models import ElementDecision
from domain.elements.reading.repository import DecisionCounts, sum_up
from domain.executions.models import Attempt, Execution
from domain.executions.states import TERMINAL, AttemptOutcome, Status

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
ATTEMPT_WORDS: Mapping[AttemptOutcome | None, tuple[str, str, str]] = {
    AttemptOutcome.SUCCEEDED: ("passed", "passed", ""),
    AttemptOutcome.FAILED: ("failed", "failed", ""),
    AttemptOutcome.CANCELED: ("canceled", "canceled", ""),
    AttemptOutcome.TIMED_OUT: ("timed out", "failed", "It took longer than it may."),
    AttemptOutcome.LOST: ("worker lost", "failed", "The worker stopped answering."),
    AttemptOutcome.RELEASED: (
        "handed back",
        "waiting",
        "The worker was stopped in an orderly way.",
    ),
    None: ("running", "running", ""),
}


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One claim by one worker."""

    number: int
    label: str
    tone: str
    worker: str
    milliseconds: float | None
    message: str


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
    def tells_why(self) -> bool:
        """Whether the step that failed says why, so that the test need not repeat it."""
        return any(step.outcome == "failed" and step.message for step in self.steps)


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
    step_total: int
    ticks: Sequence[Tick]
    facts: Sequence[tuple[str, str]]
    is_cut: bool

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(test.tone == "passed" for test in self.tests)

    @property
    def failures(self) -> list[TestView]:
        """Tests that did not pass."""
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
        files: The files of each execution's last attempt, with addresses.
        trouble: What each execution's page complained about.
        now: Where a run that is still going on ends for now.
    """
    leaves = list_leaves(rows)
    tests = [
        _outline_test(rows, row, files.get(row.id, ()), trouble.get(row.id, Trouble()))
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
        verdict=_word_verdict(tests),
        message=rows.top.error_message or "",
        started_at=rows.top.started_at,
        finished_at=rows.top.finished_at,
        milliseconds=_measure_execution(rows.top, now),
        tests=tests,
        counts=_add_up(test.counts for test in tests),
        step_total=sum(len(test.steps) for test in tests),
        ticks=scale.ticks() if scale else [],
        facts=_list_facts(rows, leaves),
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
    rows: ReportRows, row: Execution, files: Sequence[FileView], trouble: Trouble
) -> TestView:
    label, tone = STATUS_WORDS[row.status]
    decisions = [one for one in rows.decisions[row.id] if one.attempt == row.attempt]
    steps = tell_steps(rows.events[row.id], is_over=row.status in TERMINAL)
    steps = [_dress(step, decisions, files) for step in steps]
    shown = {step.index for step in steps}
    output = row.output or {}
    note = output.get("note")
    return TestView(
        anchor=f"test-{row.id}",
        title=row.title,
        kind=row.kind,
        label=label,
        tone=tone,
        milliseconds=measure(row.started_at, row.finished_at),
        message=row.error_message or "",
        note=note if isinstance(note, str) else "",
        kept=_list_kept(output.get("extracted")),
        steps=steps,
        attempts=[_show_attempt(one) for one in rows.attempts[row.id]],
        counts=_count(decisions),
        pictures=[one for one in files if one.is_picture and one.step_index not in shown],
        files=[one for one in files if not one.is_picture],
        trouble=trouble,
    )


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
    step: StepView, decisions: Sequence[ElementDecision], files: Sequence[FileView]
) -> StepView:
    """Add what is known about a step from elsewhere."""
    return replace(
        step,
        decisions=[show_decision(one) for one in decisions if one.step_index == step.index],
        pictures=[one for one in files if one.is_picture and one.step_index == step.index],
    )


def _show_attempt(row: Attempt) -> AttemptView:
    label, tone, explanation = ATTEMPT_WORDS[row.outcome]
    return AttemptView(
        number=row.number,
        label=label,
        tone=tone,
        worker=row.worker,
        milliseconds=measure(row.claimed_at, row.finished_at),
        message=row.error_message or explanation,
    )


def _place(test: TestView, row: Execution, scale: TimeScale | None, now: datetime) -> TestView:
    if scale is None or row.started_at is None:
        return test
    end = row.finished_at or now
    starts = [step.started_at for step in test.steps] + [end]
    bars = [
        (scale.place(step.started_at, step.ended_at or following), step)
        for step, following in zip(test.steps, starts[1:], strict=True)
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


def _count(decisions: Sequence[ElementDecision]) -> DecisionCounts:
    numbers: dict[str, int] = {}
    for one in decisions:
        numbers[one.decision] = numbers.get(one.decision, 0) + 1
    return sum_up(numbers)


def _add_up(counts: Iterable[DecisionCounts]) -> DecisionCounts:
    every = list(counts)
    return DecisionCounts(
        hits=sum(one.hits for one in every),
        healed=sum(one.healed for one in every),
        learned=sum(one.learned for one in every),
        abstained=sum(one.abstained for one in every),
        not_found=sum(one.not_found for one in every),
    )


def _list_facts(rows: ReportRows, leaves: Sequence[Execution]) -> list[tuple[str, str]]:
    """Where and how it ran; only what is known, and nothing that could be secret."""
    attempts = [one for row in leaves for one in rows.attempts[row.id]]
    targets = {
        target
        for row in (rows.top, *leaves)
        if isinstance(target := row.input.get("base_url"), str) and target
    }
    environments = [row.output.get("environment") for row in leaves if row.output]
    known = {
        str(name).capitalize(): str(value)
        for environment in environments
        if isinstance(environment, Mapping)
        for name, value in environment.items()
    }
    losses = sum(one.outcome == AttemptOutcome.LOST for one in attempts)
    facts = {
        "Target": ", ".join(sorted(targets)),
        **known,
        "Started": format_moment(rows.top.started_at),
        "Finished": format_moment(rows.top.finished_at),
        "Attempts": f"{len(attempts)}, {losses} with a worker lost"
        if losses
        else str(len(attempts)),
        "Workers": ", ".join(sorted({one.worker for one in attempts})),
        "Run": str(rows.top.id),
        "Repeats": str(rows.top.replay_of or ""),
    }
    return [(name, value) for name, value in facts.items() if value]
