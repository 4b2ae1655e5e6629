"""Pure decisions of the engine: what follows an attempt's end, and how a parent ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.executions.states import AttemptOutcome, Status

MAX_LOSSES = 3
"""Attempts that vanished without a word before an execution is abandoned (the poison cap)."""

RETRY_FIRST_SECONDS = 1.0
RETRY_CAP_SECONDS = 300.0
PATIENT_FAILURES = 296
"""After so many, which takes a day, only few kinds of work go on: they wait longer."""
PATIENT_CAP_SECONDS = 1800.0
LOST_RETRY_SECONDS = 0.2
"""A lost attempt was not the work's own failure as far as anybody knows: try again soon."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What an execution has used up so far, before the attempt that is ending now."""

    failures: int
    losses: int
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Ending:
    """Where an execution goes when an attempt ends.

    `delay_seconds` counts from now and matters only when `status` is `scheduled`.
    """

    status: Status
    event: str
    failures: int = 0
    losses: int = 0
    delay_seconds: float = 0


def decide_ending(outcome: AttemptOutcome, spent: Spent, *, is_final: bool = False) -> Ending:
    """Decide what follows an attempt; counters in the result are increments.

    Args:
        outcome: How it ended.
        spent: What was used up before.
        is_final: A failure that trying again would not change.
    """
    if outcome in (AttemptOutcome.FAILED, AttemptOutcome.TIMED_OUT):
        failures = spent.failures + 1
        if failures < spent.max_attempts and not is_final:
            delay = retry_delay_seconds(failures)
            return Ending(Status.SCHEDULED, "execution.retrying", 1, 0, delay)
        return Ending(Status(outcome.value), "execution.finished", 1)
    if outcome is AttemptOutcome.LOST:
        if spent.losses + 1 >= MAX_LOSSES:
            return Ending(Status.ABANDONED, "execution.finished", 0, 1)
        return Ending(Status.SCHEDULED, "execution.lost", 0, 1, LOST_RETRY_SECONDS)
    if outcome is AttemptOutcome.RELEASED:
        return Ending(Status.SCHEDULED, "execution.released")
    return Ending(Status(outcome.value), "execution.finished")


def retry_delay_seconds(failures: int) -> float:
    """Seconds before retry number `failures`: doubling, capped, with a higher cap after a day."""
    cap = RETRY_CAP_SECONDS if failures <= PATIENT_FAILURES else PATIENT_CAP_SECONDS
    return min(cap, RETRY_FIRST_SECONDS * 2.0 ** min(failures - 1, 20))


def count_attempts(period: timedelta) -> int:
    """How many attempts fill this time, if each of them fails at once."""
    waited, attempts = 0.0, 1
    while waited < period.total_seconds():
        waited += retry_delay_seconds(attempts)
        attempts += 1
    return attempts


def decide_parent_status(children: Mapping[Status, int], *, cancel_requested: bool) -> Status:
    """How a parent ends when all its children have: `children` counts them by state."""
    bad = (Status.FAILED, Status.TIMED_OUT, Status.ABANDONED)
    if children.get(Status.CANCELED) and cancel_requested:
        return Status.CANCELED
    if any(children.get(status) for status in bad):
        return Status.FAILED
    if children.get(Status.CANCELED):
        return Status.CANCELED
    return Status.SUCCEEDED
