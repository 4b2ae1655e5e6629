"""The table of permissions agrees with the code."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from domain.accounts.models import Permission
from domain.accounts.permissions import PERMISSIONS
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


async def test_the_table_holds_exactly_the_permissions_of_the_code(databases: Databases):
    async with databases.app.session() as session:
        rows = (await session.execute(select(Permission.name, Permission.meaning))).all()
    assert dict(rows) == PERMISSIONS


async def test_the_application_cannot_invent_a_permission(databases: Databases):
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with databases.app.session() as session:
            session.add(Permission(name="world.domination", meaning="Everything."))
            await session.flush()
