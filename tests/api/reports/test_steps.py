"""The steps of a test are told from its stream, whatever happened on the way."""

from datetime import timedelta

import pytest

from api.reports.steps import tell_steps
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
