"""The attempts of an execution: who tried, how it ended, and what is left of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.reports.decisions import count_decisions
from api.reports.figures import measure
from api.reports.files import FileView
from api.reports.plan import Plan
from api.reports.steps import StepView
from domain.elements.models import ElementDecision
from domain.elements.reading.repository import DecisionCounts
from domain.executions.models import Attempt
from domain.executions.states import AttemptOutcome

WORDS: Mapping[AttemptOutcome | None, tuple[str, str, str]] = {
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
_PARTS_OF_A_NAME = 3
"""`machine/pid/start/nonce`, see `workers.executions.identity`."""


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One claim by one worker; from `reach` on, only of attempts that others followed."""

    number: int
    label: str
    tone: str
    worker: str
    milliseconds: float | None
    message: str
    reach: str
    counts: DecisionCounts
    pictures: Sequence[FileView]
    files: Sequence[FileView]


def show_attempts(
    attempts: Sequence[Attempt],
    told: Mapping[int, Sequence[StepView]],
    files: Sequence[FileView],
    decisions: Sequence[ElementDecision],
    plan: Plan,
) -> list[AttemptView]:
    """All attempts, in order; what belongs to the last one is shown at its steps instead.

    Args:
        attempts: In order.
        told: The steps of each attempt, as far as it came.
        files: Of all attempts.
        decisions: Of all attempts.
        plan: What the test was to do.
    """
    views = []
    for row in attempts:
        is_last = row is attempts[-1]
        mine = [] if is_last else [one for one in files if one.attempt == row.number]
        decided = [] if is_last else [one for one in decisions if one.attempt == row.number]
        label, tone, explanation = WORDS[row.outcome]
        views.append(
            AttemptView(
                number=row.number,
                label=label,
                tone=tone,
                worker=name_worker(row.worker),
                milliseconds=measure(row.claimed_at, row.finished_at),
                message=row.error_message or explanation,
                reach="" if is_last else _word_reach(told.get(row.number, ()), plan),
                counts=count_decisions(decided),
                pictures=[one for one in mine if one.is_picture and not one.is_upload],
                files=[one for one in mine if not one.is_picture and not one.is_upload],
            )
        )
    return views


def name_worker(worker: str) -> str:
    """`host, process 4211`: what a person needs to find a worker's log."""
    machine, *rest = worker.rsplit("/", _PARTS_OF_A_NAME)
    if len(rest) != _PARTS_OF_A_NAME:
        return worker
    return f"{machine.partition(':')[0]}, process {rest[0]}"


def _word_reach(steps: Sequence[StepView], plan: Plan) -> str:
    if not steps:
        return ""
    of_all = f" of {len(plan.steps)}" if plan.steps else ""
    return f"It came to step {steps[-1].number}{of_all}."
