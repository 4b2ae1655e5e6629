"""A stream of events is followed without a gap, without a repeat, and only by those who may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest

from domain.executions.models import Execution
from domain.executions.states import Status
from domain.shared.ids import new_id
from domain.shared.live import LiveSignals, execution_topic
from domain.shared.unit_of_work import UnitsOfWork
from graph.executions import subscriptions
from graph.support import feeds
from graph.support.context import Context
from graph.support.ids import encode_id
from tests.factories.executions import add_event, make_execution
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.graph.asking import Asker, ToldSignIn, codes_of

pytestmark = pytest.mark.integration

FOLLOW = """subscription ($id: ID!, $after: Int! = 0) { executionEvents(id: $id, after: $after) {
  seq kind data execution { status title } } }"""


@pytest.fixture
async def running(tenant: Tenant) -> Execution:
    return await make_execution(tenant, status=Status.RUNNING, finished_at=None)


@pytest.fixture
def long_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only signals wake: a test that passes does not owe it to the periodic look."""
    monkeypatch.setattr(feeds, "LOOK_SECONDS", 60.0)


async def append(asker: Asker, execution: Execution, *kinds: str, title: str | None = None) -> None:
    """Append events as a worker does: rows and signal in one unit of work."""
    units = UnitsOfWork(asker.tenant.databases.app, asker.outlet)
    async with units.begin(execution.workspace_id) as uow:
        row = await uow.session.get_one(Execution, execution.id)
        for kind in kinds:
            await add_event(uow.session, row, kind)
        if "execution.finished" in kinds:
            row.status = Status.SUCCEEDED
        row.title = title or row.title
        uow.signal(execution_topic(row.id), row.last_seq)


@asynccontextmanager
async def following(
    asker: Asker, execution: Execution, after: int = 0, sign_in: ToldSignIn | None = None
) -> AsyncIterator[AsyncIterator]:
    """A subscription of somebody who leaves at the end of the block."""
    identity = encode_id("Execution", execution.id)
    stream = asker.follow(FOLLOW, sign_in, id=identity, after=after)
    async with asyncio.timeout(10), aclosing(stream):
        yield stream


def seq_of(result) -> int:
    assert result.errors is None, result.errors
    return result.data["executionEvents"]["seq"]


async def test_events_come_as_they_happen_and_end_with_the_last(
    asker: Asker, running: Execution, long_look: None
):
    await append(asker, running, "execution.requested", "execution.started")
    async with following(asker, running) as stream:
        assert [seq_of(await anext(stream)) for _ in range(2)] == [1, 2]
        waiting = asyncio.ensure_future(anext(stream))
        await append(asker, running, "step.started", "step.finished")
        assert seq_of(await waiting) == 3
        assert seq_of(await anext(stream)) == 4
        await append(asker, running, "execution.finished")
        last = await anext(stream)
        assert seq_of(last) == 5
        assert last.data["executionEvents"]["execution"]["status"] == "SUCCEEDED"
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
    await nobody_listens(asker.live)


async def test_a_client_resumes_after_any_number(asker: Asker, running: Execution):
    await append(asker, running, *["step.finished"] * 5, "execution.finished")
    for after in range(7):
        async with following(asker, running, after) as stream:
            assert [seq_of(one) async for one in stream] == list(range(after + 1, 7))


async def test_many_events_come_in_order_over_several_batches(
    asker: Asker, running: Execution, monkeypatch: pytest.MonkeyPatch, long_look: None
):
    monkeypatch.setattr(subscriptions, "BATCH", 3)
    await append(asker, running, *["step.finished"] * 9, "execution.finished")
    async with following(asker, running) as stream:
        assert [seq_of(one) async for one in stream] == list(range(1, 11))


async def test_events_written_while_subscribing_are_not_missed(
    asker: Asker, running: Execution, long_look: None
):
    async def write() -> None:
        for _ in range(20):
            await append(asker, running, "step.finished")
        await append(asker, running, "execution.finished")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        for _ in range(3):
            tasks.create_task(expect_all(asker, running, 21))


async def test_what_is_written_right_after_a_reading_is_not_slept_over(
    asker: Asker, running: Execution, monkeypatch: pytest.MonkeyPatch, long_look: None
):
    read_on = subscriptions.read_on
    await append(asker, running, "a")

    async def read_then_write(context: Context, execution_id: UUID, cursor: int):
        found = await read_on(context, execution_id, cursor)
        if cursor == 0:
            async with asker.live.listen(execution_topic(execution_id)) as moved:
                await append(asker, running, "execution.finished")
                await moved.wait()
        return found

    monkeypatch.setattr(subscriptions, "read_on", read_then_write)
    async with following(asker, running) as stream:
        assert [seq_of(one) async for one in stream] == [1, 2]


async def expect_all(asker: Asker, execution: Execution, last: int) -> None:
    async with following(asker, execution) as stream:
        assert [seq_of(one) async for one in stream] == list(range(1, last + 1))


async def test_a_lost_signal_costs_only_time(
    asker: Asker, running: Execution, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feeds, "LOOK_SECONDS", 0.05)
    await asker.live.stop()
    await append(asker, running, "execution.started")
    async with following(asker, running) as stream:
        assert seq_of(await anext(stream)) == 1
        waiting = asyncio.ensure_future(anext(stream))
        await append(asker, running, "execution.finished")
        assert seq_of(await waiting) == 2


async def test_nothing_loaded_for_one_event_is_shown_with_the_next(
    asker: Asker, running: Execution, long_look: None
):
    await append(asker, running, "a", title="before")
    async with following(asker, running) as stream:
        first = await anext(stream)
        await append(asker, running, "b", title="after")
        second = await anext(stream)
    titles = [one.data["executionEvents"]["execution"]["title"] for one in (first, second)]
    assert titles == ["before", "after"]


async def test_case_27_the_stream_ends_when_the_permission_goes(
    tenant: Tenant, asker: Asker, running: Execution, long_look: None
):
    await append(asker, running, "a")
    sign_in = ToldSignIn(tenant.actor)
    async with following(asker, running, sign_in=sign_in) as stream:
        assert seq_of(await anext(stream)) == 1
        sign_in.actor = tenant.may_not("execution.read").actor
        told = [codes_of(one) async for one in stream]
        assert told[-1] == ["FORBIDDEN"]
    await nobody_listens(asker.live)


async def test_case_27_the_stream_ends_when_the_sign_in_does_although_nothing_happens(
    tenant: Tenant, asker: Asker, running: Execution, long_look: None
):
    await append(asker, running, "a")
    sign_in = ToldSignIn(tenant.actor, expires_in_seconds=0.1)
    async with following(asker, running, sign_in=sign_in) as stream:
        assert seq_of(await anext(stream)) == 1
        sign_in.actor = None
        assert codes_of(await anext(stream)) == ["UNAUTHENTICATED"]


async def test_case_29_a_foreign_stream_is_not_found(databases: Databases, asker: Asker):
    stranger = await make_tenant(databases)
    foreign = await make_execution(stranger, status=Status.RUNNING)
    unknown = replace_id(foreign)
    for execution in (foreign, unknown):
        async with following(asker, execution) as stream:
            assert codes_of(await anext(stream)) == ["NOT_FOUND"]
    assert asker.live.listener_count == 0


def replace_id(execution: Execution) -> Execution:
    return Execution(id=new_id(), workspace_id=execution.workspace_id)


async def test_who_may_not_see_executions_follows_none(
    tenant: Tenant, asker: Asker, running: Execution
):
    blind = replace(asker, tenant=tenant.may_not("execution.read"))
    async with following(blind, running) as stream:
        assert codes_of(await anext(stream)) == ["FORBIDDEN"]


async def test_events_are_counted_from_one(asker: Asker, running: Execution):
    async with following(asker, running, after=-1) as stream:
        assert codes_of(await anext(stream)) == ["BAD_USER_INPUT"]


async def test_case_28_whoever_leaves_leaves_nothing_behind(
    asker: Asker, running: Execution, long_look: None
):
    await append(asker, running, "a")

    async def stay_until_cut_off(arrived: asyncio.Queue[None]) -> None:
        async with aclosing(
            asker.follow(FOLLOW, id=encode_id("Execution", running.id), after=0)
        ) as stream:
            async for _ in stream:
                arrived.put_nowait(None)

    arrived: asyncio.Queue[None] = asyncio.Queue()
    clients = [asyncio.create_task(stay_until_cut_off(arrived)) for _ in range(50)]
    async with asyncio.timeout(20):
        for _ in clients:
            await arrived.get()
        assert asker.live.listener_count == 1
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
    await nobody_listens(asker.live)
    assert listeners_known(asker.live) == 0


async def nobody_listens(live: LiveSignals) -> None:
    """A feed ends with what it is reading."""
    async with asyncio.timeout(5):
        while live.listener_count:
            await asyncio.sleep(0)


def listeners_known(live: LiveSignals) -> int:
    """Topics that are still remembered, with or without a listener."""
    return len(live._listeners)
