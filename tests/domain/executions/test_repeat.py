"""A key belongs to a person and a verb: the same request again finds what the first one started."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from domain.executions import sweep
from domain.executions.models import Execution
from domain.executions.probe import request_probe
from domain.executions.repeat import read_key
from domain.executions.replay import replay_execution
from domain.executions.states import Status
from domain.shared.actor import Via
from domain.shared.errors import Conflict, Invalid
from domain.shared.ids import new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.executions import make_execution
from tests.factories.workspaces import Tenant
from tests.support.locks import until_somebody_waits

pytestmark = pytest.mark.integration

LONGEST = "x" * 255


async def probe(tenant: Tenant, key: str | None = "monday") -> Execution:
    async with tenant.begin() as uow:
        return await request_probe(uow, tenant.actor, idempotency_key=key)


async def replay(tenant: Tenant, old: Execution, key: str | None = "monday") -> Execution:
    async with tenant.begin() as uow:
        return await replay_execution(uow, tenant.actor, old.id, idempotency_key=key)


async def count(tenant: Tenant) -> int:
    async with tenant.read() as session:
        return await session.scalar(select(func.count()).select_from(Execution)) or 0


async def age(tenant: Tenant, execution: Execution, hours: int, minutes: int) -> None:
    """Let the execution have been made so long ago."""
    made = "now() - make_interval(hours => :hours, mins => :minutes)"
    statement = text(f"UPDATE executions SET created_at = {made} WHERE id = :id")
    async with tenant.begin() as uow:
        given = {"id": execution.id, "hours": hours, "minutes": minutes}
        await uow.session.execute(statement, given)


async def forget(tenant: Tenant) -> None:
    """What the scheduler does about old keys."""
    async with UnitsOfWork(tenant.databases.engine, SilentOutlet()).begin() as uow:
        await sweep.forget_settled(uow)


async def test_the_same_key_finds_the_same_execution_whatever_became_of_it(tenant: Tenant):
    old = await make_execution(tenant)
    first = await replay(tenant, old)
    async with tenant.begin() as uow:
        row = await uow.session.get_one(Execution, first.id)
        row.status = Status.CANCELED
    again = await replay(tenant, old)
    assert (again.id, again.status) == (first.id, Status.CANCELED)
    assert await count(tenant) == 2


async def test_requests_without_a_key_are_all_different(tenant: Tenant):
    assert (await probe(tenant, None)).id != (await probe(tenant, None)).id


async def test_each_verb_has_keys_of_its_own(tenant: Tenant):
    probed = await probe(tenant)
    replayed = await replay(tenant, await make_execution(tenant))
    assert probed.id != replayed.id
    assert (await probe(tenant)).id == probed.id


async def test_a_key_with_another_execution_is_refused_even_if_that_looks_the_same(tenant: Tenant):
    one, twin = await make_execution(tenant), await make_execution(tenant)
    await replay(tenant, one)
    with pytest.raises(Invalid, match="used with other arguments") as raised:
        await replay(tenant, twin)
    assert raised.value.field == ("idempotency_key",)


async def test_a_key_is_told_from_one_in_another_case_and_not_by_blanks_around_it(tenant: Tenant):
    first = await probe(tenant, "monday")
    assert (await probe(tenant, "Monday")).id != first.id
    assert (await probe(tenant, " monday\n")).id == first.id


async def test_a_key_has_up_to_255_characters_of_any_writing(tenant: Tenant):
    for key in (LONGEST, "ключ-🔑" * 30):
        assert (await probe(tenant, key)).id == (await probe(tenant, key)).id


@pytest.mark.parametrize("key", ["", " ", LONGEST + "x", "a\x00b", "a\nb", "a\x1bb", "\ud800"])
async def test_what_is_no_key_is_refused(tenant: Tenant, key: str):
    old = await make_execution(tenant)
    for send in (lambda: probe(tenant, key), lambda: replay(tenant, old, key)):
        with pytest.raises(Invalid) as raised:
            await send()
        assert raised.value.field == ("idempotency_key",)


async def test_a_session_and_an_access_token_of_one_person_share_their_keys(tenant: Tenant):
    script = replace(tenant.actor, session_id=new_id(), via=Via.ACCESS_TOKEN)
    assert (await probe(tenant)).id == (await probe(replace(tenant, actor=script))).id


async def test_another_persons_key_is_another(tenant: Tenant, stranger: Tenant):
    colleague = replace(tenant.actor, user_id=stranger.actor.user_id)
    assert (await probe(tenant)).id != (await probe(replace(tenant, actor=colleague))).id


async def test_a_persons_key_in_another_workspace_is_another(tenant: Tenant, stranger: Tenant):
    elsewhere = replace(tenant.actor, workspace_id=stranger.workspace_id)
    assert (await probe(tenant)).id != (await probe(replace(tenant, actor=elsewhere))).id


async def test_a_request_that_was_refused_keeps_no_key(tenant: Tenant):
    running = await make_execution(tenant, status=Status.RUNNING, finished_at=None)
    with pytest.raises(Conflict):
        await replay(tenant, running)
    ended = await make_execution(tenant)
    assert (await replay(tenant, ended)).replay_of == ended.id


async def test_a_request_that_was_rolled_back_keeps_no_key(tenant: Tenant):
    one, other = await make_execution(tenant), await make_execution(tenant)
    with pytest.raises(RuntimeError):
        async with tenant.begin() as uow:
            await replay_execution(uow, tenant.actor, one.id, idempotency_key="monday")
            raise RuntimeError
    assert (await replay(tenant, other)).replay_of == other.id


async def test_a_key_is_forgotten_after_a_day_and_not_before(tenant: Tenant):
    old, other = await make_execution(tenant), await make_execution(tenant)
    first = await replay(tenant, old)
    await age(tenant, first, hours=23, minutes=59)
    await forget(tenant)
    assert (await replay(tenant, old)).id == first.id
    await age(tenant, first, hours=24, minutes=1)
    await forget(tenant)
    assert (await replay(tenant, other)).replay_of == other.id


@pytest.mark.no_rollback
async def test_who_sends_the_same_at_the_same_moment_waits_and_gets_the_first_ones(tenant: Tenant):
    old = await make_execution(tenant)
    async with tenant.begin() as uow:
        first = await replay_execution(uow, tenant.actor, old.id, idempotency_key="monday")
        second = asyncio.create_task(replay(tenant, old))
        await until_somebody_waits(tenant.databases)
        assert not second.done()
    assert (await second).id == first.id


@pytest.mark.no_rollback
async def test_who_waited_for_a_request_that_fails_starts_it(tenant: Tenant):
    old = await make_execution(tenant)
    with pytest.raises(RuntimeError):
        async with tenant.begin() as uow:
            failed = await replay_execution(uow, tenant.actor, old.id, idempotency_key="monday")
            second = asyncio.create_task(replay(tenant, old))
            await until_somebody_waits(tenant.databases)
            raise RuntimeError
    made = await second
    assert (made.id != failed.id, made.replay_of) == (True, old.id)


async def test_of_what_was_asked_for_only_a_digest_is_kept(tenant: Tenant):
    first = await replay(tenant, await make_execution(tenant))
    assert first.idempotency_operation == "execution.replay"
    assert first.idempotency_key == "monday"
    assert len(first.idempotency_digest or b"") == 32


def digest(**arguments: object) -> bytes:
    request = read_key("verb", "key", arguments)
    assert request is not None
    return request.digest


def test_arguments_are_the_same_in_any_order_and_in_nothing_else():
    assert digest(a="1", b=None) == digest(b=None, a="1")
    others = [digest(), digest(a=1), digest(a="1"), digest(a=["1"]), digest(b="1"), digest(a=None)]
    assert len(set(others)) == len(others)


def test_arguments_that_are_no_text_can_be_compared_too():
    assert digest(a="\ud800") != digest(a="\x00")
