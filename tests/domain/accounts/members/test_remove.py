"""Removing people: at once, never the owner, and never the last who may manage."""

import asyncio

import pytest

from domain.accounts.actors import load_actor
from domain.accounts.errors import SessionEnded
from domain.accounts.groups.create import CreateGroup, create_group
from domain.accounts.members.remove import RemoveMember, remove_member
from domain.accounts.refresh import RefreshSession, refresh
from domain.accounts.workspaces.leave import LeaveWorkspace, leave_workspace
from domain.accounts.workspaces.transfer import TransferWorkspace, transfer_workspace
from domain.shared.errors import Conflict, Forbidden, NotFound
from domain.shared.ids import new_id
from tests.domain.accounts.acting import Stage
from tests.factories.accounts import units_of
from tests.fixtures.people import Member
from tests.support.locks import until_somebody_waits

pytestmark = pytest.mark.integration


async def remove(stage: Stage, by: Member, whom: Member) -> None:
    command = RemoveMember(whom.actor.user_id)
    await stage.act(by, remove_member, stage.authority.clock, command)


async def stands(stage: Stage, who: Member) -> bool:
    actor = who.actor
    async with stage.databases.app.session(actor.workspace_id, actor.user_id) as session:
        found = await load_actor(session, actor.user_id, actor.workspace_id, actor.session_id)
    return found is not None


async def test_whoever_is_removed_can_do_nothing_more_with_what_he_has(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "admin")
    await remove(stage, kim, lu)
    assert not await stands(stage, lu)
    assert await stage.permissions_of(lu) is None
    with pytest.raises(SessionEnded):
        command = RefreshSession(lu.signed_in.refresh_token)
        await refresh(units_of(stage.databases.app), stage.authority, command)


async def test_whoever_comes_back_is_in_no_group(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "admin")
    await remove(stage, kim, lu)
    assert await stage.groups_of(lu) == []


async def test_the_owner_cannot_be_removed(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "admin")
    with pytest.raises(Conflict, match="owner"):
        await remove(stage, lu, kim)
    assert await stands(stage, kim)


async def test_nobody_removes_himself(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "admin")
    with pytest.raises(Conflict, match="leave the workspace"):
        await remove(stage, lu, lu)


async def test_nobody_removes_somebody_who_may_do_more(stage: Stage):
    kim = await stage.founder()
    await stage.act(kim, create_group, CreateGroup("clerks", ["member.edit"]))
    clerk, ed = await stage.colleague(kim, "clerks"), await stage.colleague(kim, "editor")
    with pytest.raises(Forbidden, match="does not hold"):
        await remove(stage, clerk, ed)
    assert await stands(stage, ed)


async def test_case_17_people_of_elsewhere_are_not_there(stage: Stage):
    kim, other = await stage.founder(), await stage.founder()
    for user_id in (other.actor.user_id, new_id()):
        with pytest.raises(NotFound, match=r"^The member was not found\.$"):
            command = RemoveMember(user_id)
            await stage.act(kim, remove_member, stage.authority.clock, command)
    assert await stands(stage, other)


@pytest.mark.no_rollback
async def test_of_two_admins_who_remove_each_other_at_once_one_succeeds(stage: Stage):
    kim = await stage.founder()
    ann, bob = await stage.colleague(kim, "admin"), await stage.colleague(kim, "admin")
    outcomes = await asyncio.gather(
        remove(stage, ann, bob), remove(stage, bob, ann), return_exceptions=True
    )
    assert {type(one) for one in outcomes} == {type(None), Forbidden}
    assert sorted([await stands(stage, ann), await stands(stage, bob)]) == [False, True]


@pytest.mark.no_rollback
async def test_who_was_removed_while_he_waited_changes_nothing(stage: Stage):
    kim = await stage.founder()
    ann, bob = await stage.colleague(kim, "admin"), await stage.colleague(kim, "admin")
    workspace, clock = kim.actor.workspace_id, stage.authority.clock
    async with units_of(stage.databases.app).begin(workspace, ann.actor.user_id) as uow:
        await remove_member(uow, ann.actor, clock, RemoveMember(bob.actor.user_id))
        late = asyncio.create_task(remove(stage, bob, ann))
        await until_somebody_waits(stage.databases)
    with pytest.raises(Forbidden):
        await late
    assert await stands(stage, ann)


@pytest.mark.no_rollback
async def test_of_the_last_two_who_manage_only_one_can_leave_at_once(stage: Stage):
    kim = await stage.founder()
    lu, ann = await stage.colleague(kim, "viewer"), await stage.colleague(kim, "admin")
    here = kim.actor.workspace_id
    await stage.act(kim, transfer_workspace, TransferWorkspace(here, lu.actor.user_id))
    arguments = (leave_workspace, stage.authority.clock, LeaveWorkspace(here))
    outcomes = await asyncio.gather(
        stage.act(kim, *arguments), stage.act(ann, *arguments), return_exceptions=True
    )
    assert {type(one) for one in outcomes} == {type(None), Conflict}
