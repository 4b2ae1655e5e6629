"""Handing a workspace on, leaving it, deleting it and restoring it."""

from datetime import timedelta
from uuid import UUID

import pytest

from domain.accounts.actors import load_actor
from domain.accounts.login import login
from domain.accounts.permissions import EVERYBODY, OWNER
from domain.accounts.workspaces.delete import (
    GRACE,
    DeleteWorkspace,
    RestoreWorkspace,
    delete_workspace,
    restore_workspace,
)
from domain.accounts.workspaces.leave import LeaveWorkspace, leave_workspace
from domain.accounts.workspaces.purge import purge_workspaces
from domain.accounts.workspaces.repository import list_belongings
from domain.accounts.workspaces.transfer import TransferWorkspace, transfer_workspace
from domain.executions.states import Status
from domain.shared.errors import Conflict, Forbidden, NotFound
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from tests.domain.accounts.acting import Stage
from tests.factories.accounts import SettableClock, units_of
from tests.factories.executions import add_execution
from tests.factories.workspaces import Tenant
from tests.fixtures.people import Member, load

pytestmark = pytest.mark.integration


async def transfer(stage: Stage, by: Member, whom: UUID, workspace_id: UUID | None = None) -> None:
    command = TransferWorkspace(workspace_id or by.actor.workspace_id, whom)
    await stage.act(by, transfer_workspace, command)


async def leave(stage: Stage, by: Member, workspace_id: UUID | None = None) -> None:
    command = LeaveWorkspace(workspace_id or by.actor.workspace_id)
    await stage.act(by, leave_workspace, stage.authority.clock, command)


async def delete(stage: Stage, by: Member, workspace_id: UUID | None = None) -> None:
    command = DeleteWorkspace(workspace_id or by.actor.workspace_id)
    await stage.act(by, delete_workspace, stage.authority.clock, command)


async def restore(stage: Stage, by: Member, workspace_id: UUID) -> None:
    command = RestoreWorkspace(workspace_id)
    await stage.act(by, restore_workspace, stage.authority.clock, command)


async def stands(stage: Stage, who: Member) -> bool:
    actor = who.actor
    async with stage.databases.app.session(actor.workspace_id, actor.user_id) as session:
        found = await load_actor(session, actor.user_id, actor.workspace_id, actor.session_id)
    return found is not None


async def come_back(stage: Stage, who: Member) -> Member:
    """Sign in again."""
    signed_in = await login(units_of(stage.databases.app), stage.authority, who.person.login)
    return Member(who.person, signed_in, await load(stage.databases, signed_in))


async def purge(stage: Stage, removed: list[UUID]) -> int:
    async def remove_files(workspace_id: UUID) -> None:
        removed.append(workspace_id)

    units = units_of(stage.databases.app)
    return await purge_workspaces(units, remove_files, clock=stage.authority.clock)


async def test_the_new_owner_owns_and_the_old_one_keeps_his_groups(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "viewer")
    await transfer(stage, kim, lu.actor.user_id)
    assert (await stage.permissions_of(lu) or frozenset()) >= OWNER
    assert not OWNER & (await stage.permissions_of(kim) or frozenset())
    assert await stage.groups_of(kim) == ["admin"]


async def test_only_the_owner_hands_a_workspace_on_or_deletes_it(stage: Stage):
    kim = await stage.founder()
    ann = await stage.colleague(kim, "admin")
    for refused in (transfer(stage, ann, ann.actor.user_id), delete(stage, ann)):
        with pytest.raises(Forbidden, match=r"workspace\.own"):
            await refused


async def test_whoever_was_the_owner_a_moment_ago_is_not_any_more(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "admin")
    await transfer(stage, kim, lu.actor.user_id)
    for refused in (transfer(stage, kim, kim.actor.user_id), delete(stage, kim)):
        with pytest.raises(Forbidden, match=r"workspace\.own"):
            await refused


async def test_case_17_a_workspace_is_handed_to_members_only(stage: Stage):
    kim, other = await stage.founder(), await stage.founder()
    for whom in (other.actor.user_id, new_id()):
        with pytest.raises(NotFound, match=r"^The member was not found\.$"):
            await transfer(stage, kim, whom)
    for workspace in (other.actor.workspace_id, new_id()):
        with pytest.raises(NotFound, match=r"^The workspace was not found\.$"):
            await transfer(stage, kim, kim.actor.user_id, workspace)


async def test_the_owner_cannot_leave(stage: Stage):
    kim = await stage.founder()
    await stage.colleague(kim, "admin")
    with pytest.raises(Conflict, match="Hand the workspace on"):
        await leave(stage, kim)


async def test_whoever_leaves_is_gone_at_once(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "viewer")
    await leave(stage, lu)
    assert not await stands(stage, lu)
    assert (await come_back(stage, lu)).actor.workspace_id == SYSTEM_WORKSPACE


async def test_the_last_who_manages_members_cannot_leave(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "viewer")
    await transfer(stage, kim, lu.actor.user_id)
    with pytest.raises(Conflict, match="Nobody would be left"):
        await leave(stage, kim)
    assert await stands(stage, kim)


async def test_case_17_one_leaves_only_where_one_belongs(stage: Stage):
    kim, other = await stage.founder(), await stage.founder()
    for workspace in (other.actor.workspace_id, new_id()):
        with pytest.raises(NotFound, match=r"^The workspace was not found\.$"):
            await leave(stage, kim, workspace)


async def test_a_deleted_workspace_lets_nobody_act_or_sign_in(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "editor")
    await delete(stage, kim)
    for member in (kim, lu):
        assert not await stands(stage, member)
        again = await come_back(stage, member)
        assert (again.actor.workspace_id, again.actor.permissions) == (SYSTEM_WORKSPACE, EVERYBODY)


async def test_what_runs_in_a_deleted_workspace_is_canceled(stage: Stage):
    kim, other = await stage.founder(), await stage.founder()
    ours, theirs = Tenant(stage.databases, kim.actor), Tenant(stage.databases, other.actor)
    async with ours.begin() as uow:
        waiting = await add_execution(uow.session, ours, status=Status.SCHEDULED)
    async with theirs.begin() as uow:
        foreign = await add_execution(uow.session, theirs, status=Status.SCHEDULED)
    await delete(stage, kim)
    for tenant, row, expected in (
        (ours, waiting, Status.CANCELED),
        (theirs, foreign, Status.SCHEDULED),
    ):
        async with tenant.read() as session:
            now = await session.get_one(type(row), row.id, populate_existing=True)
            assert now.status == expected


async def test_its_owner_restores_it_as_it_was(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "editor")
    await delete(stage, kim)
    clock.pass_time(GRACE - timedelta(seconds=1))
    await restore(stage, await come_back(stage, kim), kim.actor.workspace_id)
    assert (await come_back(stage, lu)).actor.permissions == lu.actor.permissions
    assert (await come_back(stage, kim)).actor.permissions == kim.actor.permissions


async def test_after_thirty_days_there_is_no_way_back(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    await delete(stage, kim)
    clock.pass_time(GRACE)
    with pytest.raises(NotFound):
        await restore(stage, await come_back(stage, kim), kim.actor.workspace_id)


async def test_case_17_only_its_owner_finds_a_deleted_workspace(stage: Stage, clock: SettableClock):
    kim = await stage.founder()
    ann, other = await stage.colleague(kim, "admin"), await stage.founder()
    living = other.actor.workspace_id
    await delete(stage, kim)
    for who, workspace in (
        (ann, kim.actor.workspace_id),
        (other, kim.actor.workspace_id),
        (other, living),
        (other, new_id()),
    ):
        with pytest.raises(NotFound, match=r"^The workspace was not found\.$"):
            await restore(stage, who, workspace)
    for who, expected in ((kim, 1), (ann, 0)):
        user = who.actor.user_id
        async with stage.databases.app.session(None, user) as session:
            assert len(await list_belongings(session, user, clock.now() - GRACE)) == expected


async def test_a_workspace_is_purged_with_its_files_once_nobody_can_restore_it(
    stage: Stage, clock: SettableClock
):
    kim, other = await stage.founder(), await stage.founder()
    tenant = Tenant(stage.databases, kim.actor)
    async with tenant.begin() as uow:
        await add_execution(uow.session, tenant)
    await delete(stage, kim)
    removed: list[UUID] = []
    clock.pass_time(GRACE)
    assert await purge(stage, removed) == 0
    clock.pass_time(timedelta(seconds=1))
    assert await purge(stage, removed) == 1
    assert removed == [kim.actor.workspace_id]
    assert await purge(stage, removed) == 0
    assert await stands(stage, other)
    with pytest.raises(NotFound):
        await restore(stage, await come_back(stage, kim), kim.actor.workspace_id)


async def test_files_that_cannot_be_removed_keep_the_workspace_for_the_next_round(
    stage: Stage, clock: SettableClock
):
    kim = await stage.founder()
    await delete(stage, kim)
    clock.pass_time(GRACE + timedelta(days=1))

    async def fail(workspace_id: UUID) -> None:
        raise OSError("the disk is away")

    with pytest.raises(OSError, match="disk"):
        await purge_workspaces(units_of(stage.databases.app), fail, clock=clock)
    assert await purge(stage, []) == 1
