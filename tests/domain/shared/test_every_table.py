"""No table of a workspace shows or takes a row of another one, whatever a query forgets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.accounts.sessions import Authority
from domain.evidence.storage import EvidenceStorage
from domain.schema import metadata
from tests.architecture.test_migrations import PERSONAL
from tests.factories.furnished import Furnished, furnish
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember

pytestmark = pytest.mark.integration

TABLES = [
    table
    for table in metadata.sorted_tables
    if "workspace_id" in table.columns and table.name not in PERSONAL
]


@dataclass(frozen=True)
class Twins:
    """Two workspaces that hold the same."""

    ours: Furnished
    theirs: Furnished

    @property
    def tenant(self) -> Tenant:
        return self.ours.tenant

    @property
    def there(self) -> UUID:
        return self.theirs.tenant.workspace_id


@pytest.fixture
async def twins(
    databases: Databases, authority: Authority, workspace_member: MakeMember, tmp_path: Path
) -> AsyncIterator[Twins]:
    """Two workspaces with one of everything."""
    storage = EvidenceStorage(tmp_path / "evidence")
    furnished = []
    for _ in range(2):
        owner = await workspace_member()
        tenant = Tenant(databases, owner.actor)
        furnished.append(await furnish(tenant, owner, authority, storage, tmp_path))
    yield Twins(*furnished)


async def count(session: AsyncSession, table: str, where: str = "", **values: object) -> int:
    rows = await session.execute(text(f"SELECT count(*) FROM {table} {where}"), values)
    return rows.scalar_one()


def copy_of_a_row(table: Table) -> str:
    """Insert a copy of one visible row into another workspace."""
    kept = [one.name for one in table.columns if not (one.computed or one.identity)]
    copied = ", ".join("CAST(:there AS uuid)" if name == "workspace_id" else name for name in kept)
    return f"INSERT INTO {table.name} ({', '.join(kept)}) SELECT {copied} FROM {table.name} LIMIT 1"


async def refuses(twins: Twins, statement: str, **values: object) -> bool:
    """Whether the application may not do this in our workspace."""
    actor = twins.ours.owner.actor
    try:
        async with twins.tenant.databases.app.session(actor.workspace_id, actor.user_id) as session:
            touched = (await session.execute(text(statement), values)).rowcount
    except ProgrammingError as error:
        assert "row-level security" in str(error) or "permission denied" in str(error), error
        return True
    return touched == 0


async def test_every_table_sees_no_row_of_another_workspace(twins: Twins):
    here, there = twins.tenant.workspace_id, twins.there
    for table in [one.name for one in TABLES]:
        async with twins.theirs.tenant.read() as session:
            assert await count(session, table) > 0, f"nothing of {table} was put there"
        async with twins.tenant.read() as session:
            everything = await count(session, table)
            ours = await count(session, table, "WHERE workspace_id = :here", here=here)
            theirs = await count(session, table, "WHERE workspace_id = :there", there=there)
        assert (everything > 0, everything, theirs) == (True, ours, 0), table


async def test_without_a_workspace_no_table_shows_anything(twins: Twins, databases: Databases):
    for table in [*(one.name for one in TABLES), "workspaces"]:
        async with databases.app.session() as session:
            assert await count(session, table) == 0, table


async def test_workspaces_themselves_are_seen_by_their_people_alone(
    twins: Twins, databases: Databases
):
    owner = twins.ours.owner.actor
    for workspace, person in (
        (owner.workspace_id, None),
        (None, owner.user_id),
        (owner.workspace_id, owner.user_id),
    ):
        async with databases.app.session(workspace, person) as session:
            seen = (await session.scalars(text("SELECT id FROM workspaces"))).all()
        assert seen == [owner.workspace_id]


async def test_no_row_is_put_into_another_workspace(twins: Twins):
    taken = [
        table.name
        for table in TABLES
        if not await refuses(twins, copy_of_a_row(table), there=twins.there)
    ]
    assert taken == []


async def test_no_row_is_moved_to_another_workspace(twins: Twins):
    moved = [
        table.name
        for table in TABLES
        if not await refuses(
            twins, f"UPDATE {table.name} SET workspace_id = :there", there=twins.there
        )
    ]
    assert moved == []


@pytest.mark.parametrize("change", ["UPDATE {} SET workspace_id = :there", "DELETE FROM {}"])
async def test_no_row_of_another_workspace_is_touched(twins: Twins, change: str):
    touched = [
        table.name
        for table in TABLES
        if not await refuses(
            twins,
            f"{change.format(table.name)} WHERE workspace_id = :there",
            there=twins.there,
        )
    ]
    assert touched == []
