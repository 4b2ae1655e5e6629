"""A schema of evidence, and somebody who asks it."""

from pathlib import Path

import pytest
import strawberry
from redis.asyncio import Redis

from domain.shared.live import LiveSignals
from graph.evidence.mutations import EvidenceMutations
from graph.executions.queries import ExecutionQueries
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.graph.asking import Asker

SCHEMA = strawberry.Schema(ExecutionQueries, EvidenceMutations)


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    return await make_tenant(databases)


@pytest.fixture
def asker(tenant: Tenant, tmp_path: Path) -> Asker:
    return Asker(SCHEMA, tenant, LiveSignals(Redis()), tmp_path)
