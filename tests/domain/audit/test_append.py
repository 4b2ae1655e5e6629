"""Entries are written with the work they tell of, and nobody can take them back."""

import asyncio

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.audit.models import AuditEntry, AuditHead
from domain.shared.audit import NOBODY, Entry
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.jobs import SilentOutlet
from domain.shared.repository import append_audit
from domain.shared.unit_of_work import UnitsOfWork
from tests.domain.audit.entries import read_entries, tell, write
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Database, Databases

pytestmark = pytest.mark.integration

UNITS = 50
CHANGES = [
    'UPDATE audit_entries SET record = \'{"action": "x"}\'',
    "DELETE FROM audit_entries",
    "TRUNCATE audit_entries",
    "INSERT INTO audit_entries (workspace_id, seq, at, record, hash) "
    "VALUES (gen_random_uuid(), 1, now(), '{\"action\": \"x\"}', '')",
    "UPDATE audit_heads SET seq = 0",
    "DELETE FROM audit_heads",
    "TRUNCATE audit_heads",
    "INSERT INTO audit_heads VALUES (gen_random_uuid(), 1, '')",
]


async def run(database: Database, tenant: Tenant, statement: str) -> None:
    async with database.session(tenant.workspace_id) as session:
        await session.execute(text(statement))


async def test_entries_are_numbered_in_the_order_they_were_noted(tenant: Tenant):
    await write(tenant, tell(tenant, "mission.create"), tell(tenant, "mission.start"))
    await write(tenant, tell(tenant, "run.cancel"))
    found = [(entry.seq, entry.action) for entry in await read_entries(tenant)]
    assert found == [(1, "mission.create"), (2, "mission.start"), (3, "run.cancel")]


async def test_an_entry_says_who_what_where_and_in_which_request(tenant: Tenant):
    await write(tenant, tell(tenant, number=3))
    [entry] = await read_entries(tenant)
    assert orjson.loads(entry.record) == {
        "action": "mission.start",
        "actor_id": str(tenant.actor.user_id),
        "actor_name": tenant.actor.name,
        "via": "session",
        "session_id": str(tenant.actor.session_id),
        "entity_type": "Mission",
        "entity_id": str(tenant.workspace_id),
        "entity_label": "M1",
        "after": {"number": 3},
        "address": "192.0.2.7",
        "device": "Firefox on Linux",
        "request_id": "req-1",
    }


async def test_columns_to_filter_by_are_read_from_the_record(tenant: Tenant):
    await write(tenant, tell(tenant))
    [entry] = await read_entries(tenant)
    assert (entry.action, entry.actor_id) == ("mission.start", tenant.actor.user_id)
    assert (entry.entity_type, entry.entity_id, entry.entity_label) == (
        "Mission",
        tenant.workspace_id,
        "M1",
    )
    assert (entry.address, entry.request_id) == ("192.0.2.7", "req-1")


async def test_not_even_the_owner_can_make_a_column_disagree(databases: Databases, tenant: Tenant):
    await write(tenant, tell(tenant))
    with pytest.raises(DBAPIError, match="can only be updated to DEFAULT"):
        async with databases.app.session() as session:
            await session.execute(text("RESET ROLE"))
            await session.execute(text("UPDATE audit_entries SET action = 'other'"))


async def test_an_aborted_unit_of_work_leaves_nothing(tenant: Tenant):
    with pytest.raises(RuntimeError):
        async with tenant.begin() as uow:
            uow.audit(tell(tenant))
            raise RuntimeError
    assert await read_entries(tenant) == []


async def test_an_entry_costs_one_statement(tenant: Tenant, count_statements):
    with count_statements() as log:
        await write(tenant, tell(tenant), tell(tenant), tell(tenant))
    assert len(log) == 1


@pytest.mark.parametrize("statement", CHANGES)
async def test_the_application_cannot_change_the_log(
    databases: Databases, tenant: Tenant, statement: str
):
    await write(tenant, tell(tenant))
    with pytest.raises(DBAPIError, match="permission denied"):
        await run(databases.app, tenant, statement)


@pytest.mark.parametrize(
    "statement",
    [*CHANGES, "SELECT 1 FROM audit_entries", "SELECT append_audit(gen_random_uuid(), '{}')"],
)
async def test_the_engine_cannot_touch_the_log(
    databases: Databases, tenant: Tenant, statement: str
):
    with pytest.raises(DBAPIError, match="permission denied"):
        await run(databases.engine, tenant, statement)


async def test_deleting_a_workspace_leaves_its_log(databases: Databases, tenant: Tenant):
    await write(tenant, tell(tenant))
    await run(databases.app, tenant, "DELETE FROM workspaces")
    assert len(await read_entries(tenant)) == 1


async def test_an_entry_cannot_be_written_into_another_workspace(tenant: Tenant, stranger: Tenant):
    with pytest.raises(DBAPIError, match="of the transaction only"):
        async with tenant.begin() as uow:
            await append_audit(uow.session, stranger.workspace_id, ['{"action": "x"}'])


async def test_a_record_that_says_no_action_is_refused(tenant: Tenant):
    with pytest.raises(DBAPIError, match="ck_audit_entries_says_what"):
        async with tenant.begin() as uow:
            await append_audit(uow.session, tenant.workspace_id, ["{}"])


async def test_a_workspace_sees_its_own_log_only(tenant: Tenant, stranger: Tenant):
    await write(tenant, tell(tenant))
    assert await read_entries(stranger) == []


async def test_what_nobody_signed_in_does_goes_into_the_log_of_the_installation(
    databases: Databases, tenant: Tenant
):
    async with UnitsOfWork(databases.app, SilentOutlet()).begin() as uow:
        uow.audit(Entry("session.refuse", NOBODY))
    assert await read_entries(tenant) == []
    async with databases.app.session(SYSTEM_WORKSPACE) as session:
        entry = await session.get_one(AuditEntry, (SYSTEM_WORKSPACE, 1))
    assert (entry.action, entry.actor_id) == ("session.refuse", None)


async def test_the_function_takes_no_name_from_the_search_path_of_its_caller(
    databases: Databases,
):
    query = "SELECT prosecdef, proconfig FROM pg_proc WHERE proname = 'append_audit'"
    async with databases.app.session() as session:
        is_definer, configured = (await session.execute(text(query))).one()
    assert (is_definer, configured) == (True, ["search_path=pg_catalog, pg_temp"])


@pytest.mark.no_rollback
async def test_units_of_work_side_by_side_make_a_chain_without_gaps(databases: Databases):
    tenant, other = await make_tenant(databases), await make_tenant(databases)

    async def work(number: int) -> None:
        # Half of them write into two chains, in either order.
        refused = Entry("session.refuse", NOBODY)
        entries = [tell(tenant, number=number), refused] if number % 2 else [tell(tenant)]
        await write(tenant, *(entries if number % 4 == 1 else reversed(entries)))
        await write(other, tell(other))

    await asyncio.gather(*(work(number) for number in range(UNITS)))
    assert [entry.seq for entry in await read_entries(tenant)] == list(range(1, UNITS + 1))
    async with tenant.read() as session:
        head = await session.get_one(AuditHead, tenant.workspace_id)
    assert head.seq == UNITS
