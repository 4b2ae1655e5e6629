"""A workspace for the tests of templates."""

import pytest

from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases


@pytest.fixture
async def tenant(databases: Databases) -> Tenant:
    """A workspace with an admin."""
    return await make_tenant(databases)


@pytest.fixture
async def stranger(databases: Databases) -> Tenant:
    """Another workspace with an admin."""
    return await make_tenant(databases)
