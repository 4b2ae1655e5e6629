"""Making workspaces, and going from one to the other with the same session."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from domain.accounts.actors import load_actor
from domain.accounts.errors import SessionEnded
from domain.accounts.members import repository as members
from domain.accounts.models import UserSession, Workspace
from domain.accounts.permissions import ADMIN, EVERYBODY, OWNER, VIEWER
from domain.accounts.refresh import RefreshSession, refresh
from domain.accounts.sessions import SignedIn
from domain.accounts.workspaces.create import MAX_OWNED, CreateWorkspace, create_workspace
from domain.accounts.workspaces.delete import DeleteWorkspace, delete_workspace
from domain.accounts.workspaces.switch import SwitchWorkspace, switch_workspace
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from tests.domain.accounts.acting import Stage
from tests.factories.accounts import units_of
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration


async def make(stage: Stage, by: Member, name: str = "Second") -> Workspace:
    return await stage.act(by, create_workspace, CreateWorkspace(name))


async def switch(stage: Stage, by: Member, workspace_id) -> SignedIn:
    return await stage.act(by, switch_workspace, stage.authority, SwitchWorkspace(workspace_id))


async def permissions_with(stage: Stage, signed_in: SignedIn) -> frozenset[str] | None:
    """What the access token of a session lets its owner do."""
    claims = stage.authority.tokens.verify(signed_in.access_token)
    async with stage.databases.app.session(claims.workspace_id, claims.user_id) as session:
        actor = await load_actor(session, claims.user_id, claims.workspace_id, claims.session_id)
    return None if actor is None else actor.permissions


async def test_whoever_makes_a_workspace_owns_and_administers_it(stage: Stage):
    kim = await stage.founder()
    made = await make(stage, kim)
    moved = await switch(stage, kim, made.id)
    assert await permissions_with(stage, moved) == ADMIN | OWNER | EVERYBODY


async def test_a_refresh_token_in_a_cookie_is_given_to_no_script_later(stage: Stage):
    kim = await stage.founder()
    made = await make(stage, kim)
    async with units_of(stage.databases.app).begin(kim.actor.workspace_id) as uow:
        await uow.session.execute(update(UserSession).values(in_cookie=True))
    with pytest.raises(Invalid, match="kept in a cookie"):
        await switch(stage, kim, made.id)
    asked = SwitchWorkspace(made.id, in_cookie=True)
    assert await stage.act(kim, switch_workspace, stage.authority, asked)


async def test_a_name_that_others_use_is_free_and_gets_another_short_name(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    first, second = await make(stage, kim, "Purple Team"), await make(stage, lu, "Purple Team")
    assert first.slug == "purple-team"
    assert second.slug.startswith("purple-team-")
    assert first.name == second.name


async def test_there_is_an_end_to_workspaces(stage: Stage):
    kim = await stage.founder()
    for _ in range(MAX_OWNED - 1):
        await make(stage, kim)
    with pytest.raises(Conflict, match="at most"):
        await make(stage, kim)


async def test_a_name_is_asked_for(stage: Stage):
    kim = await stage.founder()
    with pytest.raises(Invalid):
        await make(stage, kim, "  ")


async def test_a_session_goes_on_in_another_workspace_with_the_rights_held_there(stage: Stage):
    kim, lu = await stage.founder(), await stage.founder()
    workspace = kim.actor.workspace_id
    viewer = await stage.group(kim, "viewer")
    async with units_of(stage.databases.app).begin(workspace) as uow:
        await members.add_membership(uow.session, workspace, lu.actor.user_id)
        await members.add_to_groups(uow.session, workspace, lu.actor.user_id, [viewer])
    moved = await switch(stage, lu, workspace)
    assert moved.session_id == lu.signed_in.session_id
    assert await permissions_with(stage, moved) == VIEWER | EVERYBODY
    again = await refresh(
        units_of(stage.databases.app), stage.authority, RefreshSession(moved.refresh_token)
    )
    assert again.workspace_id == workspace


async def test_the_refresh_token_from_before_is_spent(stage: Stage):
    kim = await stage.founder()
    await switch(stage, kim, (await make(stage, kim)).id)
    with pytest.raises(SessionEnded):
        command = RefreshSession(kim.signed_in.refresh_token)
        await refresh(units_of(stage.databases.app), stage.authority, command)


async def test_case_17_workspaces_of_others_and_deleted_ones_are_not_there(stage: Stage):
    kim, other = await stage.founder(), await stage.founder()
    closed = await make(stage, kim)
    there = await switch(stage, kim, closed.id)
    async with stage.databases.app.session(closed.id, kim.actor.user_id) as session:
        actor = await load_actor(session, kim.actor.user_id, closed.id, there.session_id)
    owner = Member(kim.person, there, actor)
    await stage.act(owner, delete_workspace, stage.authority.clock, DeleteWorkspace(closed.id))
    for target in (other.actor.workspace_id, closed.id, new_id(), SYSTEM_WORKSPACE):
        with pytest.raises(NotFound, match=r"^The workspace was not found\.$"):
            await switch(stage, kim, target)


async def test_what_is_no_session_cannot_be_switched(stage: Stage):
    kim = await stage.founder()
    made = await make(stage, kim)
    script = replace(kim, actor=replace(kim.actor, session_id=new_id()))
    with pytest.raises(Conflict, match="Only a session"):
        await switch(stage, script, made.id)


async def test_scripts_neither_make_nor_enter_workspaces(stage: Stage):
    kim = await stage.founder()
    actor = kim.actor
    script = replace(kim, actor=replace(actor, permissions=actor.permissions - {"account.secure"}))
    for doing in (make(stage, script), switch(stage, script, actor.workspace_id)):
        with pytest.raises(Forbidden, match=r"account\.secure"):
            await doing
