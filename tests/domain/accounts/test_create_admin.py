"""The first administrator of a workspace."""

import asyncio

import pytest
from sqlalchemy import select

from domain.accounts.actors import load_actor
from domain.accounts.create_admin import Admin, CreateAdmin, create_admin
from domain.accounts.login import Login, login
from domain.accounts.models import Group, User, Workspace
from domain.accounts.permissions import ADMIN, EVERYBODY, OWNER, PRESET_GROUPS
from domain.accounts.sessions import Authority
from domain.shared.errors import Conflict, Invalid
from tests.factories.accounts import PASSWORD, units_of
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


def command_for(email: str = "Kim@Example.test", workspace: str = "Purple Team") -> CreateAdmin:
    return CreateAdmin(email=email, password=PASSWORD, display_name="Kim", workspace_name=workspace)


async def create(
    databases: Databases, authority: Authority, command: CreateAdmin | None = None
) -> Admin:
    units = units_of(databases.app)
    return await create_admin(units, authority.passwords, command or command_for())


async def test_the_administrator_can_sign_in_and_may_do_everything(
    databases: Databases, authority: Authority
):
    admin = await create(databases, authority)
    signed_in = await login(units_of(databases.app), authority, Login("kim@example.test", PASSWORD))
    assert (signed_in.user_id, signed_in.workspace_id) == (admin.user_id, admin.workspace_id)
    async with databases.app.session(signed_in.workspace_id) as session:
        actor = await load_actor(
            session, signed_in.user_id, signed_in.workspace_id, signed_in.session_id
        )
    assert actor is not None
    assert actor.permissions == ADMIN | OWNER | EVERYBODY


async def test_the_workspace_starts_with_the_preset_groups(
    databases: Databases, authority: Authority
):
    admin = await create(databases, authority)
    async with databases.app.session(admin.workspace_id) as session:
        assert set((await session.scalars(select(Group.name))).all()) == PRESET_GROUPS.keys()
        workspace = (await session.scalars(select(Workspace))).one()
    assert (workspace.name, workspace.slug) == ("Purple Team", "purple-team")


async def test_a_second_time_changes_nothing(databases: Databases, authority: Authority):
    first = await create(databases, authority)
    again = await create(databases, authority, command_for("kim@example.test", "Another"))
    assert first.created
    assert again == Admin(first.user_id, first.workspace_id, created=False)
    async with databases.app.session(user_id=first.user_id) as session:
        assert (await session.scalars(select(Workspace.name))).all() == ["Purple Team"]


async def test_a_taken_workspace_name_leaves_nobody_behind(
    databases: Databases, authority: Authority
):
    await create(databases, authority)
    with pytest.raises(Conflict, match="purple-team"):
        await create(databases, authority, command_for("lu@example.test"))
    async with databases.app.session() as session:
        assert (await session.scalars(select(User.email))).all() == ["kim@example.test"]


@pytest.mark.no_rollback
async def test_processes_that_start_together_make_one_administrator(
    databases: Databases, authority: Authority
):
    admins = await asyncio.gather(*(create(databases, authority) for _ in range(5)))
    assert sum(admin.created for admin in admins) == 1
    assert len({admin.user_id for admin in admins}) == 1


async def test_everything_wrong_is_said_at_once(databases: Databases, authority: Authority):
    command = CreateAdmin(email="kim", password="short", display_name="", workspace_name="\x00")
    with pytest.raises(Invalid) as refused:
        await create(databases, authority, command)
    fields = {refused.value.field, *(path for path, _ in refused.value.details)}
    assert fields == {("email",), ("password",), ("display_name",), ("workspace_name",)}


def test_no_password_is_shown_where_commands_are_printed():
    assert PASSWORD not in repr(command_for()) + repr(Login("kim@example.test", PASSWORD))
