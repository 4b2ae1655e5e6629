"""A schema of executions, evidence and elements alone, and somebody who asks it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import strawberry
from redis.asyncio import Redis

from domain.shared.live import LiveSignals
from graph.elements.queries import ElementQueries
from graph.evidence.mutations import EvidenceMutations
from graph.executions.mutations import ExecutionMutations
from graph.executions.queries import ExecutionQueries
from graph.executions.subscriptions import ExecutionSubscriptions
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.graph.asking import Asker, SignalOutlet


@strawberry.type
class Query(ExecutionQueries, ElementQueries):
    """What can be read here."""


@strawberry.type
class Mutation(ExecutionMutations, EvidenceMutations):
    """What can be changed here."""


SCHEMA = strawberry.Schema(Query, Mutation, ExecutionSubscriptions)


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


@pytest.fixture
async def asker(tenant: Tenant, redis_url: str, tmp_path: Path) -> AsyncIterator[Asker]:
    redis = Redis.from_url(redis_url)
    live = LiveSignals(redis)
    await live.start()
    yield Asker(SCHEMA, tenant, live, tmp_path, SignalOutlet(redis))
    await live.stop()
    await redis.aclose()
