"""Parents follow their children, lanes keep their order, cancel reaches everything."""

from uuid import uuid4

import pytest

from domain.executions.cancel import cancel_execution
from domain.executions.record import RecordResult, record_result
from domain.executions.replay import replay_execution
from domain.executions.request import NewExecution
from domain.executions.states import AttemptOutcome, Status
from domain.shared.errors import Conflict
from tests.domain.executions.conftest import Engine

pytestmark = pytest.mark.integration


def child(title: str, **changes: object) -> NewExecution:
    return NewExecution(**{"kind": "probe", "title": title, "queue": "default", **changes})


async def cancel(engine: Engine, execution) -> None:
    async with engine.app.begin(engine.actor.workspace_id) as uow:
        await cancel_execution(uow, engine.actor, execution.id)


async def test_a_parent_succeeds_when_its_last_child_has(engine: Engine):
    parent = await engine.request_tree(child("a"), child("b"))
    first, second = await engine.claim()
    await engine.finish(first)
    assert (await engine.read(parent)).status == Status.RUNNING
    await engine.finish(second)
    assert (await engine.read(parent)).status == Status.SUCCEEDED


async def test_a_parent_fails_with_a_child_but_only_at_the_end(engine: Engine):
    parent = await engine.request_tree(child("a"), child("b"))
    first, second = await engine.claim()
    await engine.finish(first, AttemptOutcome.FAILED)
    await engine.finish(second)
    found = await engine.read(parent)
    assert (found.status, found.error_message) == (Status.FAILED, "1 of 2 succeeded.")


async def test_a_lane_runs_one_after_the_other_in_order(engine: Engine):
    lane = uuid4()
    await engine.request_tree(
        child("second", lane=lane, position=2), child("first", lane=lane, position=1)
    )
    (first,) = await engine.claim()
    assert first.title == "first"
    assert await engine.claim() == []
    await engine.finish(first, AttemptOutcome.FAILED)
    (second,) = await engine.claim()
    assert second.title == "second"


async def test_a_parents_stream_tells_of_its_children(engine: Engine):
    parent = await engine.request_tree(child("a"))
    (claim,) = await engine.claim()
    await engine.finish(claim)
    kinds = [kind for _, kind in await engine.events(parent)]
    assert kinds[3:] == ["child.scheduled", "child.started", "child.finished", "execution.finished"]


async def test_numbers_of_a_stream_have_no_gap(engine: Engine):
    parent = await engine.request_tree(*[child(str(n)) for n in range(5)])
    for claim in await engine.claim():
        await engine.finish(claim)
    numbers = [seq for seq, _ in await engine.events(parent)]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_cancel_ends_what_waits_and_asks_for_what_runs(engine: Engine):
    lane = uuid4()
    parent = await engine.request_tree(
        child("runs", lane=lane, position=1), child("waits", lane=lane, position=2)
    )
    (claim,) = await engine.claim()
    await cancel(engine, parent)
    assert (await engine.read(parent)).status == Status.RUNNING
    assert (await engine.read(claim)).cancel_requested_at is not None
    await engine.finish(claim, AttemptOutcome.CANCELED)
    assert (await engine.read(parent)).status == Status.CANCELED
    assert await engine.claim() == []


async def test_cancel_of_what_waits_is_immediate(engine: Engine):
    parent = await engine.request_tree(child("a"), child("b"))
    await cancel(engine, parent)
    assert (await engine.read(parent)).status == Status.CANCELED
    assert await engine.claim() == []


async def test_cancel_of_what_has_ended_changes_nothing(engine: Engine):
    execution = await engine.request()
    (claim,) = await engine.claim()
    await engine.finish(claim)
    await cancel(engine, execution)
    assert (await engine.read(execution)).status == Status.SUCCEEDED


async def test_a_canceled_retry_does_not_come_back(engine: Engine):
    execution = await engine.request(max_attempts=3)
    (claim,) = await engine.claim()
    await cancel(engine, execution)
    await engine.finish(claim, AttemptOutcome.FAILED)
    assert (await engine.read(execution)).status == Status.CANCELED


async def test_a_manual_test_waits_for_a_person_in_its_lane(engine: Engine):
    lane = uuid4()
    parent = await engine.request_tree(
        child("machine", lane=lane, position=1),
        NewExecution(kind="manual", title="person", lane=lane, position=2),
    )
    (claim,) = await engine.claim()
    await engine.finish(claim)
    manual = await find_child(engine, parent, "person")
    assert manual.status == Status.RUNNING
    async with engine.app.begin(engine.actor.workspace_id) as uow:
        await record_result(uow, engine.actor, RecordResult(manual.id, succeeded=True))
    assert (await engine.read(parent)).status == Status.SUCCEEDED


async def test_a_result_cannot_be_recorded_twice(engine: Engine):
    parent = await engine.request_tree(NewExecution(kind="manual", title="person"))
    manual = await find_child(engine, parent, "person")
    finding = RecordResult(manual.id, succeeded=False, note="no alert")
    async with engine.app.begin(engine.actor.workspace_id) as uow:
        await record_result(uow, engine.actor, finding)
    with pytest.raises(Conflict):
        async with engine.app.begin(engine.actor.workspace_id) as uow:
            await record_result(uow, engine.actor, finding)


async def test_a_replay_is_a_new_execution_with_the_same_input(engine: Engine):
    execution = await engine.request(input={"n": 1})
    (claim,) = await engine.claim()
    await engine.finish(claim, AttemptOutcome.FAILED)
    async with engine.app.begin(engine.actor.workspace_id) as uow:
        again = await replay_execution(uow, engine.actor, execution.id)
    assert (again.replay_of, again.input) == (execution.id, {"n": 1})
    assert (await engine.read(execution)).status == Status.FAILED


async def find_child(engine: Engine, parent, title: str):
    from sqlalchemy import select

    from domain.executions.models import Execution

    async with engine.databases.app.session(engine.actor.workspace_id) as session:
        found = await session.scalar(
            select(Execution).where(Execution.parent_id == parent.id, Execution.title == title)
        )
    assert found is not None
    return found
