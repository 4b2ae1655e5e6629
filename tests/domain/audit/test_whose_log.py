"""Which log an entry stands in: what is about an account is no team's business."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.accounts.end_sessions import end_all_sessions, end_session
from domain.accounts.people.change_password import ChangePassword, change_password
from domain.accounts.people.delete_account import DeleteAccount, delete_account
from domain.accounts.people.second_factor import set_up_second_factor
from domain.accounts.people.update import update_account
from domain.accounts.sessions import Authority
from domain.accounts.workspaces.delete import GRACE, DeleteWorkspace, delete_workspace
from domain.accounts.workspaces.purge import purge_workspaces
from domain.audit.models import AuditEntry
from domain.shared.ids import SYSTEM_WORKSPACE
from tests.factories.accounts import PASSWORD, SettableClock, units_of
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember, Member

pytestmark = pytest.mark.integration

NEW_PASSWORD = "seven purple owls at noon"


async def list_actions(databases: Databases, workspace_id: UUID) -> Sequence[str | None]:
    async with databases.app.session(workspace_id) as session:
        mine = select(AuditEntry.action).where(AuditEntry.workspace_id == workspace_id)
        return (await session.scalars(mine.order_by(AuditEntry.seq))).all()


async def both(databases: Databases, who: Member) -> tuple[Sequence[str | None], ...]:
    """What the installation's log says, and that of somebody's workspace."""
    logs = (SYSTEM_WORKSPACE, who.actor.workspace_id)
    return tuple([await list_actions(databases, one) for one in logs])


async def test_what_somebody_changes_about_himself_stands_in_the_installations_log(
    databases: Databases, authority: Authority, workspace_member: MakeMember
):
    kim, units = await workspace_member(), units_of(databases.app)
    installation, team = await both(databases, kim)
    await set_up_second_factor(units, authority, kim.actor, PASSWORD)
    await change_password(units, authority, kim.actor, ChangePassword(PASSWORD, NEW_PASSWORD))
    async with units.begin(kim.actor.workspace_id, kim.actor.user_id) as uow:
        await update_account(uow, kim.actor, "Kim K.")
        await end_all_sessions(uow, kim.actor, authority.clock, keep_this=True)
    now = await both(databases, kim)
    assert now[0][len(installation) :] == [
        *("second_factor.set_up", "account.change_password", "account.update", "session.end_all")
    ]
    assert now[1] == team


async def test_the_end_of_a_session_stands_where_it_worked(
    databases: Databases, authority: Authority, workspace_member: MakeMember
):
    kim, units = await workspace_member(), units_of(databases.app)
    async with units.begin(kim.actor.workspace_id, kim.actor.user_id) as uow:
        await end_session(uow, kim.actor, authority.clock, kim.actor.session_id)
    assert (await both(databases, kim))[1][-1] == "session.end"


async def test_a_workspace_is_told_that_a_member_deleted_his_account_and_that_it_ended_with_him(
    databases: Databases, authority: Authority, workspace_member: MakeMember
):
    kim = await workspace_member()
    lu = await workspace_member("viewer", of=kim)
    for who in (lu, kim):
        await delete_account(units_of(databases.app), authority, who.actor, DeleteAccount(PASSWORD))
    installation, team = await both(databases, kim)
    assert team[-3:] == ["account.delete", "workspace.delete", "account.delete"]
    assert installation.count("account.delete") == 2


async def test_a_purge_stands_in_the_installations_log(
    databases: Databases, workspace_member: MakeMember
):
    clock = SettableClock()
    kim, units = await workspace_member(), units_of(databases.app)
    here = kim.actor.workspace_id
    async with units.begin(here, kim.actor.user_id) as uow:
        await delete_workspace(uow, kim.actor, clock, DeleteWorkspace(here))
    clock.pass_time(GRACE + timedelta(seconds=1))

    async def empty(_: UUID) -> None:
        """Nothing is kept outside the database."""

    assert await purge_workspaces(units, empty, clock=clock) == 1
    installation, team = await both(databases, kim)
    assert (installation[-1], team[-1]) == ("workspace.purge", "workspace.delete")
