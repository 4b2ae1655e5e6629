"""An execution's life: requested, claimed, ended; fenced, retried, lost, abandoned."""

import pytest

from domain.executions import sweep
from domain.executions.append import append_events
from domain.executions.claim import keep_leases
from domain.executions.records import Held, NewEvent
from domain.executions.states import AttemptOutcome, Status
from tests.domain.executions.conftest import Engine

pytestmark = pytest.mark.integration


async def reap_all(engine: Engine, dead: frozenset[str] = frozenset()) -> int:
    async with engine.units.begin() as uow:
        lost = await sweep.find_lost(uow, dead)
    for one in lost:
        async with engine.units.begin() as uow:
            await sweep.reap(uow, one, dead)
    return len(lost)


async def test_a_request_wakes_a_worker_after_the_commit(engine: Engine):
    execution = await engine.request()
    assert [wake.execution_id for wake in engine.outlet.wakes] == [execution.id]
    assert execution.status == Status.SCHEDULED


async def test_the_stream_numbers_every_step_of_a_good_life(engine: Engine):
    execution = await engine.request()
    (claim,) = await engine.claim()
    await engine.finish(claim)
    assert await engine.events(execution) == [
        (1, "execution.requested"),
        (2, "execution.scheduled"),
        (3, "execution.started"),
        (4, "execution.finished"),
    ]


async def test_a_claimed_execution_cannot_be_claimed_again(engine: Engine):
    await engine.request()
    assert len(await engine.claim("w1")) == 1
    assert await engine.claim("w2") == []


async def test_a_claim_pays_the_outbox(engine: Engine):
    await engine.request()
    await engine.claim()
    async with engine.units.begin() as uow:
        assert await sweep.relay_wakes(uow) == 0


async def test_a_stale_attempt_changes_nothing(engine: Engine):
    await engine.request()
    (stale,) = await engine.claim("w1")
    await engine.expire_leases()
    await reap_all(engine)
    await engine.make_due()
    (current,) = await engine.claim("w2")
    assert await engine.finish(stale) is None
    async with engine.units.begin() as uow:
        assert not await append_events(uow, stale, [NewEvent("log", {})])
        assert await keep_leases(uow, [Held(stale.id, stale.attempt)], lease_seconds=15) == {}
    assert (await engine.read(current)).status == Status.RUNNING


async def test_a_terminal_state_never_changes(engine: Engine):
    await engine.request()
    (claim,) = await engine.claim()
    await engine.finish(claim)
    assert await engine.finish(claim, AttemptOutcome.FAILED) is None
    assert (await engine.read(claim)).status == Status.SUCCEEDED


async def test_a_failure_is_tried_again_as_often_as_allowed(engine: Engine):
    await engine.request(max_attempts=2)
    (first,) = await engine.claim()
    moved = await engine.finish(first, AttemptOutcome.FAILED)
    assert moved is not None
    assert moved.status == Status.SCHEDULED
    assert await engine.claim() == [], "the retry waits for its time"
    await engine.make_due()
    (second,) = await engine.claim()
    moved = await engine.finish(second, AttemptOutcome.FAILED)
    assert moved is not None
    assert moved.status == Status.FAILED


async def test_a_failure_that_is_final_is_not_tried_again(engine: Engine):
    await engine.request(max_attempts=2)
    (claim,) = await engine.claim()
    moved = await engine.finish(claim, AttemptOutcome.FAILED, is_final=True)
    assert moved is not None
    assert moved.status == Status.FAILED


async def test_a_live_lease_is_not_reaped(engine: Engine):
    await engine.request()
    await engine.claim()
    assert await reap_all(engine) == 0


async def test_the_lease_of_a_dead_worker_need_not_run_out(engine: Engine):
    execution = await engine.request()
    await engine.claim("w1")
    assert await reap_all(engine, frozenset({"w1"})) == 1
    assert (await engine.read(execution)).status == Status.SCHEDULED


async def test_what_kills_its_workers_is_abandoned_and_stays_visible(engine: Engine):
    execution = await engine.request()
    for _ in range(3):
        await engine.make_due()
        assert len(await engine.claim()) == 1
        await engine.expire_leases()
        await reap_all(engine)
    poisoned = await engine.read(execution)
    assert poisoned.status == Status.ABANDONED
    assert poisoned.error_code == "WORKER_LOST"
    assert "Replay it" in (poisoned.error_message or "")


async def test_a_lease_handed_back_spends_nothing(engine: Engine):
    execution = await engine.request()
    for _ in range(5):
        (claim,) = await engine.claim()
        await engine.finish(claim, AttemptOutcome.RELEASED)
    found = await engine.read(execution)
    assert (found.failures, found.losses, found.attempt) == (0, 0, 5)
    assert found.status == Status.SCHEDULED


async def test_the_relay_repeats_a_wake_up_that_led_nowhere(engine: Engine, databases):
    execution = await engine.request()
    async with engine.units.begin() as uow:
        await uow.session.execute(sweep_due())
    engine.outlet.wakes.clear()
    async with engine.units.begin() as uow:
        await sweep.relay_wakes(uow)
    assert [wake.execution_id for wake in engine.outlet.wakes] == [execution.id]


def sweep_due():
    from sqlalchemy import text

    return text("UPDATE outbox SET due_at = now()")
