"""What people do to workspaces, groups and each other stands in the log of the workspace."""

import pytest

from domain.accounts.groups.create import CreateGroup, create_group
from domain.accounts.groups.delete import DeleteGroup, delete_group
from domain.accounts.groups.update import UpdateGroup, update_group
from domain.accounts.invitations.accept import AcceptInvitation, accept_invitation
from domain.accounts.invitations.invite import PURPOSE, InviteMember, invite_member
from domain.accounts.members.assign import SetMemberGroups, set_member_groups
from domain.accounts.members.remove import RemoveMember, remove_member
from domain.accounts.workspaces.create import CreateWorkspace, create_workspace
from domain.accounts.workspaces.delete import (
    DeleteWorkspace,
    RestoreWorkspace,
    delete_workspace,
    restore_workspace,
)
from domain.accounts.workspaces.leave import LeaveWorkspace, leave_workspace
from domain.accounts.workspaces.transfer import TransferWorkspace, transfer_workspace
from tests.domain.accounts.acting import Stage
from tests.domain.audit.entries import read_entries
from tests.factories.workspaces import Tenant
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration


async def told(stage: Stage, of: Member) -> list[tuple[str, str]]:
    """Action and actor of every entry about something else than sessions."""
    entries = await read_entries(Tenant(stage.databases, of.actor))
    names = [(entry.action, entry.actor_name) for entry in entries]
    return [one for one in names if not one[0].startswith("session.")]


async def test_changes_of_people_and_groups_are_told(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "viewer")
    before = await told(stage, kim)
    group = await stage.act(kim, create_group, CreateGroup("Readers", ["mission.read"]))
    await stage.act(kim, update_group, UpdateGroup(group.id, 1, permissions=["mission.run"]))
    member = lu.actor.user_id
    await stage.act(kim, set_member_groups, SetMemberGroups(member, [group.id]))
    await stage.act(kim, remove_member, stage.authority.clock, RemoveMember(member))
    await stage.act(kim, delete_group, DeleteGroup(group.id))
    assert (await told(stage, kim))[len(before) :] == [
        ("group.create", "Kim"),
        ("group.update", "Kim"),
        ("member.set_groups", "Kim"),
        ("member.remove", "Kim"),
        ("group.delete", "Kim"),
    ]


async def test_it_is_told_what_a_group_held_before_and_after(stage: Stage):
    kim = await stage.founder()
    group = await stage.act(kim, create_group, CreateGroup("Readers", ["mission.read"]))
    await stage.act(kim, update_group, UpdateGroup(group.id, 1, permissions=["mission.run"]))
    entry = (await read_entries(Tenant(stage.databases, kim.actor)))[-1]
    assert '"before":{"permissions":["mission.read"]}' in entry.record
    assert '"after":{"permissions":["mission.run"]}' in entry.record


async def test_whoever_joins_or_leaves_is_told_where_he_joins_or_leaves(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    before, elsewhere = await told(stage, kim), await told(stage, lu)
    command = InviteMember(lu.person.email, [])
    invitation = await stage.act(kim, invite_member, stage.authority, command)
    token = stage.authority.links.token_of(PURPOSE, invitation.id)
    clock = stage.authority.clock
    await stage.act(lu, accept_invitation, clock, AcceptInvitation(token))
    await stage.act(lu, leave_workspace, clock, LeaveWorkspace(kim.actor.workspace_id))
    assert (await told(stage, kim))[len(before) :] == [
        ("invitation.create", "Kim"),
        ("invitation.accept", "Kim"),
        ("workspace.leave", "Kim"),
    ]
    assert await told(stage, lu) == elsewhere
    for entry in await read_entries(Tenant(stage.databases, kim.actor)):
        assert token not in entry.record


async def test_the_life_of_a_workspace_is_told(stage: Stage):
    kim = await stage.founder()
    lu = await stage.colleague(kim, "admin")
    before, here = await told(stage, kim), kim.actor.workspace_id
    clock = stage.authority.clock
    await stage.act(kim, create_workspace, CreateWorkspace("Another"))
    await stage.act(kim, delete_workspace, clock, DeleteWorkspace(here))
    await stage.act(kim, restore_workspace, clock, RestoreWorkspace(here))
    await stage.act(kim, transfer_workspace, TransferWorkspace(here, lu.actor.user_id))
    assert (await told(stage, kim))[len(before) :] == [
        ("workspace.delete", "Kim"),
        ("workspace.restore", "Kim"),
        ("workspace.transfer", "Kim"),
    ]
