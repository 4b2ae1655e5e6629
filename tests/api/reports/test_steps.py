"""The steps of a test are told from its stream, whatever happened on the way."""

from datetime import timedelta

import pytest

from api.reports.plan import PlannedStep
from api.reports.steps import add_unreached, tell_attempts, tell_steps
from domain.executions.models import ExecutionEvent
from tests.factories.executions import NOON, after

pytestmark = pytest.mark.unit


def event(happened: str, at: float = 0, **data: object) -> ExecutionEvent:
    return ExecutionEvent(seq=1, kind=happened, data=data, created_at=after(at))


def begun(index: int, at: float = 0, **data: object) -> ExecutionEvent:
    return event("step.started", at, index=index, **{"kind": "click", "title": "Click", **data})


def ended(index: int, at: float = 0, **data: object) -> ExecutionEvent:
    return event("step.finished", at, index=index, **{"outcome": "passed", "ms": 10, **data})


def test_a_step_has_its_title_outcome_and_time():
    (step,) = tell_steps([begun(0), ended(0, ms=120, outcome="failed", message="no")], is_over=True)
    assert (step.number, step.title, step.outcome) == (1, "Click", "failed")
    assert (step.milliseconds, step.message, step.share) == (120, "no", 100)


def test_only_the_last_attempt_is_told():
    lost = [event("execution.started"), begun(0), ended(0), begun(1)]
    again = [event("execution.started", 20), begun(0, 20), ended(0, 20)]
    steps = tell_steps([*lost, event("execution.lost"), *again], is_over=True)
    assert [(step.index, step.outcome) for step in steps] == [(0, "passed")]


def test_a_step_without_an_end_runs_or_was_cut_off():
    assert tell_steps([begun(0)], is_over=False)[0].outcome == "running"
    assert tell_steps([begun(0)], is_over=True)[0].outcome == "cut"


def test_times_come_from_the_run_not_from_when_a_batch_was_written():
    batch = [
        begun(0, 9, elapsed_ms=1000),
        ended(0, 9, elapsed_ms=1200, ms=200),
        begun(1, 9, elapsed_ms=4000),
    ]
    first, second = tell_steps(batch, is_over=False)
    assert first.ended_at == first.started_at + timedelta(milliseconds=200)
    assert second.started_at - first.started_at == timedelta(seconds=3)


def test_odd_events_do_no_harm():
    odd = [
        event("step.finished", index="x", title=3, ms="slow"),
        event("child.progress"),
        event("log", message="hello"),
    ]
    (step,) = tell_steps(odd, is_over=True)
    assert (step.index, step.milliseconds, step.started_at) == (0, None, NOON)


def test_a_step_that_was_stopped_is_cut_off_and_says_why():
    asked = "Step 1 (Click): the run was asked to stop."
    (step,) = tell_steps([begun(0), ended(0, outcome="stopped", message=asked)], is_over=True)
    assert (step.outcome, step.reason) == ("cut", "The run was asked to stop.")


def test_a_reason_does_not_repeat_the_number_and_the_title():
    told = "Step 1 (Click): nothing matches."
    (step,) = tell_steps([begun(0), ended(0, outcome="failed", message=told)], is_over=True)
    assert (step.message, step.reason) == (told, "Nothing matches.")


def test_attempts_are_told_apart_by_their_numbers():
    events = [
        event("execution.started", attempt=1),
        begun(0),
        event("execution.started", attempt=3),
        begun(0),
        ended(0),
        begun(1),
    ]
    told = tell_attempts(events)
    assert {number: len(steps) for number, steps in told.items()} == {1: 1, 3: 2}


def test_steps_nobody_came_to_follow_in_the_order_of_the_test():
    planned = [PlannedStep(index, "click", f"Planned {index}") for index in range(4)]
    steps = add_unreached(tell_steps([begun(0), ended(0), begun(2)], is_over=True), planned)
    assert [(step.index, step.outcome, step.title) for step in steps] == [
        (0, "passed", "Click"),
        (1, "ahead", "Planned 1"),
        (2, "cut", "Click"),
        (3, "ahead", "Planned 3"),
    ]
