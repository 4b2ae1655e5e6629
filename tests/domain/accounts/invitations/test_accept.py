"""Accepting an invitation: once, in time, by the right person, for what its sender may give."""

import asyncio

import pytest

from domain.accounts.groups.create import CreateGroup, create_group
from domain.accounts.groups.delete import DeleteGroup, delete_group
from domain.accounts.groups.update import UpdateGroup, update_group
from domain.accounts.invitations.accept import AcceptInvitation, accept_invitation
from domain.accounts.invitations.invite import (
    LIFETIME,
    PURPOSE,
    InviteMember,
    RevokeInvitation,
    invite_member,
    revoke_invitation,
)
from domain.accounts.members.assign import SetMemberGroups, set_member_groups
from domain.accounts.members.remove import RemoveMember, remove_member
from domain.accounts.models import Invitation
from domain.accounts.repository import find_members_permissions
from domain.accounts.workspaces.delete import DeleteWorkspace, delete_workspace
from domain.shared.errors import Conflict, Forbidden, NotFound
from tests.domain.accounts.acting import Stage
from tests.factories.accounts import SettableClock
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration


async def invite(stage: Stage, by: Member, whom: Member, *groups: str) -> Invitation:
    ids = [await stage.group(by, name) for name in groups]
    command = InviteMember(whom.person.email, ids)
    return await stage.act(by, invite_member, stage.authority, command)


async def accept(stage: Stage, by: Member, invitation: Invitation) -> None:
    token = stage.authority.links.token_of(PURPOSE, invitation.id)
    clock = stage.authority.clock
    joined = await stage.act(by, accept_invitation, clock, AcceptInvitation(token))
    assert joined == invitation.workspace_id


async def permissions_there(stage: Stage, who: Member, where: Member) -> frozenset[str] | None:
    workspace = where.actor.workspace_id
    async with stage.databases.app.session(workspace) as session:
        return await find_members_permissions(session, who.actor.user_id, workspace)


async def expect_refusal(stage: Stage, by: Member, invitation: Invitation) -> None:
    with pytest.raises(NotFound, match=r"^The invitation was not found\.$"):
        await accept(stage, by, invitation)


async def test_whoever_accepts_is_a_member_in_the_groups_of_the_invitation(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    await accept(stage, lu, await invite(stage, kim, lu, "viewer", "blue"))
    there = await permissions_there(stage, lu, kim)
    assert there is not None
    assert {"mission.read", "execution.record"} <= there
    assert "workspace.own" in (await stage.permissions_of(lu) or ())


async def test_case_37_an_invitation_is_accepted_once(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    invitation = await invite(stage, kim, lu)
    await accept(stage, lu, invitation)
    await stage.act(kim, remove_member, stage.authority.clock, RemoveMember(lu.actor.user_id))
    await expect_refusal(stage, lu, invitation)
    assert await permissions_there(stage, lu, kim) is None


async def test_case_37_an_invitation_expires(stage: Stage, clock: SettableClock):
    kim, lu = await stage.founder(), await stage.founder()
    invitation = await invite(stage, kim, lu)
    clock.pass_time(LIFETIME)
    await expect_refusal(stage, lu, invitation)


async def test_an_invitation_that_was_taken_back_is_worth_nothing(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    invitation = await invite(stage, kim, lu)
    command = RevokeInvitation(invitation.id)
    await stage.act(kim, revoke_invitation, stage.authority.clock, command)
    await expect_refusal(stage, lu, invitation)


async def test_case_40_an_invitation_of_another_address_is_denied_and_stays_open(stage: Stage):
    kim, lu, thief = [await stage.founder() for _ in range(3)]
    invitation = await invite(stage, kim, lu, "admin")
    with pytest.raises(Forbidden, match="another address"):
        await accept(stage, thief, invitation)
    assert await permissions_there(stage, thief, kim) is None
    await accept(stage, lu, invitation)


async def test_case_40_a_group_that_has_grown_beyond_its_sender_is_denied(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    await stage.act(kim, create_group, CreateGroup("clerks", ["member.invite"]))
    clerk = await stage.colleague(kim, "clerks")
    group = await stage.act(kim, create_group, CreateGroup("newcomers", []))
    invitation = await invite(stage, clerk, lu, "newcomers")
    grown = UpdateGroup(group.id, 1, permissions=["workspace.edit"])
    await stage.act(kim, update_group, grown)
    with pytest.raises(Conflict, match="may not give"):
        await accept(stage, lu, invitation)
    assert await permissions_there(stage, lu, kim) is None


async def test_case_40_a_sender_who_lost_his_rights_has_promised_nothing(stage: Stage):
    kim, lu, ann = await stage.founder(), await stage.founder(), await stage.founder()
    boss = await stage.colleague(kim, "admin")
    weakened, gone = await invite(stage, boss, lu, "admin"), await invite(stage, boss, ann)
    viewer = [await stage.group(kim, "viewer")]
    await stage.act(kim, set_member_groups, SetMemberGroups(boss.actor.user_id, viewer))
    with pytest.raises(Conflict, match="may not give"):
        await accept(stage, lu, weakened)
    clock = stage.authority.clock
    await stage.act(kim, remove_member, clock, RemoveMember(boss.actor.user_id))
    with pytest.raises(Conflict, match="may not give"):
        await accept(stage, ann, gone)


async def test_a_group_that_is_gone_is_not_entered(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    group = await stage.act(kim, create_group, CreateGroup("Readers", ["mission.read"]))
    invitation = await invite(stage, kim, lu, "Readers")
    await stage.act(kim, delete_group, DeleteGroup(group.id))
    await accept(stage, lu, invitation)
    assert await permissions_there(stage, lu, kim) == frozenset()


async def test_nobody_joins_a_deleted_workspace(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    invitation = await invite(stage, kim, lu)
    here = DeleteWorkspace(kim.actor.workspace_id)
    await stage.act(kim, delete_workspace, stage.authority.clock, here)
    await expect_refusal(stage, lu, invitation)


@pytest.mark.parametrize("token", ["", "mml_nothing", "x" * 100_000, "\x00", "\ud800"])
async def test_an_unknown_token_leads_nowhere(stage: Stage, token: str):
    lu = await stage.founder()
    with pytest.raises(NotFound):
        clock = stage.authority.clock
        await stage.act(lu, accept_invitation, clock, AcceptInvitation(token))


@pytest.mark.no_rollback
async def test_of_two_who_accept_at_once_one_wins(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    invitation = await invite(stage, kim, lu, "viewer")
    outcomes = await asyncio.gather(
        *(accept(stage, lu, invitation) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", *["NotFound"] * 3]
