"""Many at the same time: one worker holds an execution, and one of several ends stands."""

import asyncio

import pytest
from sqlalchemy import text

from domain.executions import sweep
from domain.executions.cancel import cancel_execution
from domain.executions.records import Claim, Expired, Moved
from domain.executions.states import TERMINAL, AttemptOutcome
from tests.domain.executions.conftest import Engine

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

EXECUTIONS = 40
WORKERS = 8


async def reap(engine: Engine, lost: Expired) -> Moved | None:
    async with engine.units.begin() as uow:
        return await sweep.reap(uow, lost, frozenset())


async def cancel(engine: Engine, claim: Claim) -> None:
    async with engine.app.begin(engine.actor.workspace_id) as uow:
        await cancel_execution(uow, engine.actor, claim.id)


async def test_workers_that_claim_at_the_same_time_never_hold_the_same(engine: Engine):
    for _ in range(EXECUTIONS):
        await engine.request()
    claims = [engine.claim(f"w{number}", limit=EXECUTIONS) for number in range(WORKERS)]
    shares = await asyncio.gather(*claims)
    claimed = [claim.id for share in shares for claim in share]
    assert len(claimed) == len(set(claimed)) == EXECUTIONS
    async with engine.databases.engine.session() as session:
        open_attempts = text("SELECT count(*) FROM attempts WHERE finished_at IS NULL")
        assert await session.scalar(open_attempts) == EXECUTIONS


async def test_of_several_ends_at_the_same_time_one_stands_for_good(engine: Engine):
    for _ in range(EXECUTIONS):
        await engine.request()
    claims = await engine.claim(limit=EXECUTIONS)
    await engine.expire_leases()
    async with engine.units.begin() as uow:
        lost = {one.id: one for one in await sweep.find_lost(uow, frozenset())}
    for claim in claims:
        ways = (
            engine.finish(claim, AttemptOutcome.SUCCEEDED),
            engine.finish(claim, AttemptOutcome.FAILED),
            reap(engine, lost[claim.id]),
        )
        *ends, _ = await asyncio.gather(*ways, cancel(engine, claim))
        assert len([end for end in ends if end is not None]) == 1
        status = (await engine.read(claim)).status
        assert await engine.finish(claim) is None
        assert await reap(engine, lost[claim.id]) is None
        await cancel(engine, claim)
        ended = (await engine.read(claim)).status
        assert ended == (status if status in TERMINAL else "canceled")
        kinds = [kind for _, kind in await engine.events(claim)]
        assert kinds.count("execution.finished") == 1
