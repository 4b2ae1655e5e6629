"""A schema of templates alone, and somebody who asks it."""

from pathlib import Path

import pytest
import strawberry
from redis.asyncio import Redis

from domain.shared.live import LiveSignals
from graph.templates.mutations import TemplateMutations
from graph.templates.queries import TemplateQueries
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker

SCHEMA = strawberry.Schema(TemplateQueries, TemplateMutations)


@pytest.fixture
def asker(tenant: Tenant, tmp_path: Path) -> Asker:
    """The admin; nothing here is live, so nobody listens to Redis."""
    return Asker(SCHEMA, tenant, LiveSignals(Redis()), tmp_path)
