"""A commit whose reply was lost happened once, and its author finds out."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from domain.executions.claim import claim_due
from domain.executions.probe import request_probe
from domain.executions.records import Claim
from domain.executions.states import AttemptOutcome, Status
from domain.shared.database import Database
from domain.shared.errors import Unavailable
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.domain.executions.conftest import Engine
from tests.fixtures.database import Databases
from tests.workers.executions.cutting_proxy import SOCKET, CuttingProxy
from workers.executions.carrier import Carrier
from workers.runners.probe import KIND, ProbeRunner

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]


@pytest.fixture
async def proxy(databases: Databases, tmp_path: Path) -> AsyncIterator[CuttingProxy]:
    """A proxy in front of this test's PostgreSQL."""
    assert databases.urls is not None
    found = re.search(r"host=([^&]+)", databases.urls.app)
    assert found is not None
    target = found.group(1).replace("%2F", "/")
    async with CuttingProxy(f"{target}/{SOCKET}", tmp_path) as proxy:
        yield proxy


def through(url: str, directory: Path) -> Database:
    """A pool whose connections go through the proxy in `directory`."""
    return Database(re.sub(r"host=[^&]+", f"host={directory}", url), pool_size=2)


async def claim_one(engine: Engine) -> Claim:
    await engine.request()
    async with engine.units.begin() as uow:
        (claim,) = await claim_due(uow, queue="default", worker="w", lease_seconds=60, limit=1)
    return claim


async def test_an_end_whose_reply_was_lost_is_recorded_once(
    engine: Engine, proxy: CuttingProxy, tmp_path: Path
):
    claim = await claim_one(engine)
    assert engine.databases.urls is not None
    database = through(engine.databases.urls.engine, tmp_path)
    units = UnitsOfWork(database, SilentOutlet())
    carrier = Carrier(units, {KIND: ProbeRunner()}, claim)
    proxy.cuts_left = 1
    await carrier.carry()
    await database.close()
    assert proxy.cuts == 1
    assert (await engine.read(claim)).status == Status.SUCCEEDED
    kinds = [kind for _, kind in await engine.events(claim)]
    assert kinds.count("execution.finished") == 1


async def test_a_request_whose_reply_was_lost_is_repeated_with_its_key(
    engine: Engine, proxy: CuttingProxy, tmp_path: Path
):
    assert engine.databases.urls is not None
    database = through(engine.databases.urls.app, tmp_path)
    units = UnitsOfWork(database, SilentOutlet())
    proxy.cuts_left = 1
    with pytest.raises(Unavailable):
        async with units.begin(engine.actor.workspace_id) as uow:
            await request_probe(uow, engine.actor, idempotency_key="again")
    async with units.begin(engine.actor.workspace_id) as uow:
        await request_probe(uow, engine.actor, idempotency_key="again")
    await database.close()
    assert len(await engine.claim()) == 1


async def test_a_stale_end_after_a_lost_reply_still_changes_nothing(engine: Engine):
    claim = await claim_one(engine)
    await engine.finish(claim)
    stale = replace(claim, attempt=claim.attempt - 1)
    assert await engine.finish(stale, AttemptOutcome.FAILED) is None
    assert (await engine.read(claim)).status == Status.SUCCEEDED
