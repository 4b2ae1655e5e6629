"""Somebody who asks the whole schema about elements, and another workspace with some of its own."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from domain.elements.models import Element
from domain.shared.live import LiveSignals
from graph.schema import schema
from tests.factories.elements import add_element
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker


@pytest.fixture
def asker(tenant: Tenant, tmp_path: Path) -> Asker:
    """The admin; nothing here is live, so nobody listens to Redis."""
    return Asker(schema, tenant, LiveSignals(Redis()), tmp_path)


async def make_element(tenant: Tenant, **changes: object) -> Element:
    """A stored element."""
    async with tenant.begin() as uow:
        return await add_element(uow.session, tenant, **changes)
