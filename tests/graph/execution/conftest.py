"""The administrator of a workspace, and the product's schema."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from domain.shared.live import LiveSignals
from graph.schema import schema
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker


@pytest.fixture
def asker(tenant: Tenant, tmp_path: Path) -> Asker:
    """Nothing here is live, so nobody listens to Redis."""
    return Asker(schema, tenant, LiveSignals(Redis()), tmp_path)
