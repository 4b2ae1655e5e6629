"""Decisions about elements are followed while their run goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from domain.elements.records import DECIDED, tell_decision
from domain.executions.models import Execution
from domain.executions.states import Status
from domain.shared.ids import new_id
from domain.shared.live import execution_topic
from graph.executions import subscriptions
from graph.support.ids import encode_id
from tests.domain.elements.decisions import HIT
from tests.factories.executions import add_event, make_execution
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker, ToldSignIn, codes_of

pytestmark = pytest.mark.integration

FOLLOW = """subscription ($id: ID!, $after: Int! = 0) {
  elementDecisions(executionId: $id, after: $after) { seq description decision {
    decision score stepIndex attempt layers version usage { requests }
    element { id } pictures { before } execution { status } } } }"""
USED = {"requests": 1, "input_tokens": 10, "output_tokens": 2}


@pytest.fixture
async def running(tenant: Tenant) -> Execution:
    return await make_execution(tenant, status=Status.RUNNING, finished_at=None)


async def append(tenant: Tenant, execution: Execution, kind: str, data: dict | None = None) -> None:
    """Append an event as a worker does."""
    async with tenant.begin() as uow:
        row = await uow.session.get_one(Execution, execution.id)
        await add_event(uow.session, row, kind, data or {})
        if kind == "execution.finished":
            row.status = Status.SUCCEEDED
        uow.signal(execution_topic(row.id), row.last_seq)


async def decide(tenant: Tenant, execution: Execution, **more: object) -> None:
    decision = {**HIT, "element": "button “Save”", "version": 3, "usage": USED, **more}
    await append(tenant, execution, DECIDED, tell_decision(decision, 1))


@asynccontextmanager
async def following(
    asker: Asker, execution: Execution, after: int = 0, sign_in: ToldSignIn | None = None
) -> AsyncIterator[AsyncIterator]:
    """A subscription of somebody who leaves at the end of the block."""
    identity = encode_id("Execution", execution.id)
    stream = asker.follow(FOLLOW, sign_in, id=identity, after=after)
    async with asyncio.timeout(10), aclosing(stream):
        yield stream


async def test_a_decision_comes_as_it_is_taken_with_all_that_is_known_of_it(
    tenant: Tenant, asker: Asker, running: Execution
):
    await decide(tenant, running)
    async with following(asker, running) as stream:
        first = await anext(stream)
    assert first.errors is None
    assert first.data["elementDecisions"] == {
        "seq": 1,
        "description": "button “Save”",
        "decision": {
            "decision": "HIT",
            "score": 97.5,
            "stepIndex": 3,
            "attempt": 1,
            "layers": tell_decision(HIT, 1)["layers"],
            "version": 3,
            "usage": {"requests": 1},
            "element": None,
            "pictures": None,
            "execution": {"status": "RUNNING"},
        },
    }


async def test_only_decisions_are_shown_and_the_stream_ends_with_the_run(
    tenant: Tenant, asker: Asker, running: Execution, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(subscriptions, "BATCH", 2)
    for _ in range(3):
        await append(tenant, running, "step.started")
        await decide(tenant, running)
    await append(tenant, running, "execution.finished")
    for after, expected in ((0, [2, 4, 6]), (2, [4, 6]), (5, [6]), (7, [])):
        async with following(asker, running, after) as stream:
            assert [one.data["elementDecisions"]["seq"] async for one in stream] == expected


async def test_what_is_decided_later_is_shown_later(
    tenant: Tenant, asker: Asker, running: Execution, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("graph.support.feeds.LOOK_SECONDS", 0.05)
    async with following(asker, running) as stream:
        waiting = asyncio.ensure_future(anext(stream))
        await append(tenant, running, "step.started")
        await decide(tenant, running)
        assert (await waiting).data["elementDecisions"]["seq"] == 2


async def test_a_foreign_run_is_not_found(stranger: Tenant, asker: Asker):
    foreign = await make_execution(stranger, status=Status.RUNNING)
    unknown = Execution(id=new_id())
    for execution in (foreign, unknown):
        async with following(asker, execution) as stream:
            assert codes_of(await anext(stream)) == ["NOT_FOUND"]


async def test_the_stream_ends_when_the_permission_goes(
    tenant: Tenant, asker: Asker, running: Execution
):
    await decide(tenant, running)
    sign_in = ToldSignIn(tenant.actor)
    async with following(asker, running, sign_in=sign_in) as stream:
        await anext(stream)
        sign_in.actor = tenant.may_not("element.read").actor
        told = [codes_of(one) async for one in stream]
    assert told[-1] == ["FORBIDDEN"]


async def test_numbers_below_the_first_are_refused(asker: Asker, running: Execution):
    async with following(asker, running, -1) as stream:
        assert codes_of(await anext(stream)) == ["BAD_USER_INPUT"]
