"""Workspaces: their name and what their tests may reach."""

import asyncio

import pytest

from domain.accounts.models import Workspace
from domain.accounts.repository import read_workspaces
from domain.accounts.workspaces.update import UpdateWorkspace, update_workspace
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.support.locks import until_somebody_waits

pytestmark = pytest.mark.integration


async def change(tenant: Tenant, **changes) -> Workspace:
    command = {"workspace_id": tenant.workspace_id, "expected_version": 1, **changes}
    async with tenant.begin() as uow:
        return await update_workspace(uow, tenant.actor, UpdateWorkspace(**command))


async def read(tenant: Tenant) -> Workspace:
    async with tenant.read() as session:
        found = await read_workspaces(session, tenant.workspace_id, [tenant.workspace_id])
    return found[tenant.workspace_id]


async def test_hosts_are_replaced_and_the_name_stays(databases: Databases):
    tenant = await make_tenant(databases, allowed_hosts=["old.test"])
    before = await read(tenant)
    await change(tenant, allowed_hosts=["New.test", "localhost:8000"])
    after = await read(tenant)
    assert after.allowed_hosts == ["new.test", "localhost:8000"]
    assert (after.name, after.version) == (before.name, 2)


async def test_the_name_is_changed_and_the_hosts_stay(databases: Databases):
    tenant = await make_tenant(databases, allowed_hosts=["old.test"])
    await change(tenant, name="  Purple  ")
    after = await read(tenant)
    assert (after.name, after.allowed_hosts) == ("Purple", ["old.test"])


async def test_a_change_made_for_an_older_version_is_refused(databases: Databases):
    tenant = await make_tenant(databases)
    await change(tenant, name="First")
    with pytest.raises(Conflict, match="version 2"):
        await change(tenant, name="Second")
    assert (await read(tenant)).name == "First"


@pytest.mark.no_rollback
async def test_of_two_changes_at_the_same_time_the_second_is_refused(databases: Databases):
    tenant = await make_tenant(databases)
    async with tenant.begin() as uow:
        command = UpdateWorkspace(tenant.workspace_id, 1, name="First")
        await update_workspace(uow, tenant.actor, command)
        second = asyncio.create_task(change(tenant, name="Second"))
        await until_somebody_waits(databases)
    with pytest.raises(Conflict):
        await second
    assert (await read(tenant)).name == "First"


async def test_changing_needs_its_permission(databases: Databases):
    tenant = (await make_tenant(databases)).may_not("workspace.edit")
    with pytest.raises(Forbidden, match=r"workspace\.edit"):
        await change(tenant, name="Mine")


async def test_another_workspace_is_not_there(databases: Databases):
    ours, theirs = await make_tenant(databases), await make_tenant(databases)
    with pytest.raises(NotFound):
        await change(ours, workspace_id=theirs.workspace_id, name="Mine")
    async with ours.read() as session:
        assert await read_workspaces(session, ours.workspace_id, [theirs.workspace_id]) == {}


async def test_everything_wrong_is_said_at_once(databases: Databases):
    tenant = await make_tenant(databases)
    with pytest.raises(Invalid) as refused:
        await change(tenant, name=" ", allowed_hosts=["good.test", "http://bad.test"])
    fields = {refused.value.field, *(path for path, _ in refused.value.details)}
    assert fields == {("name",), ("allowed_hosts", "1")}
