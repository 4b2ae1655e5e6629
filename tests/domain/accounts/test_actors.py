"""Who acts is asked anew for every operation, with one statement."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, text, update

from domain.accounts.actors import load_actor
from domain.accounts.logout import logout
from domain.accounts.me import read_me
from domain.accounts.models import (
    Group,
    GroupPermission,
    User,
    UserSession,
    Workspace,
    WorkspaceMember,
)
from domain.accounts.permissions import ADMIN, EVERYBODY, EXECUTOR, OWNER, VIEWER
from domain.accounts.sessions import Authority, SignedIn
from domain.shared.actor import Actor
from domain.shared.errors import Forbidden
from domain.shared.ids import new_id
from tests.factories.accounts import (
    Person,
    SettableClock,
    make_admin,
    make_colleague,
    sign_in,
    units_of,
)
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

FOUNDER = ADMIN | OWNER | EVERYBODY


async def who_is(databases: Databases, signed_in: SignedIn) -> Actor | None:
    async with databases.app.session(signed_in.workspace_id) as session:
        return await load_actor(
            session, signed_in.user_id, signed_in.workspace_id, signed_in.session_id
        )


async def test_an_actor_takes_one_statement(
    databases: Databases, authority: Authority, count_statements
):
    signed_in = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    with count_statements() as log:
        actor = await who_is(databases, signed_in)
    assert len(log) == 1
    ids = (signed_in.user_id, signed_in.workspace_id, signed_in.session_id)
    assert actor == Actor(*ids, FOUNDER, "Kim")


async def test_permissions_are_those_of_all_groups(databases: Databases, authority: Authority):
    admin = await make_admin(databases.app, authority)
    lu = await make_colleague(databases.app, authority, admin, ["viewer", "executor"])
    actor = await who_is(databases, await sign_in(databases.app, authority, lu))
    assert actor is not None
    assert actor.permissions == VIEWER | EXECUTOR | EVERYBODY


async def test_a_person_in_no_group_may_only_leave(databases: Databases, authority: Authority):
    admin = await make_admin(databases.app, authority)
    lu = await make_colleague(databases.app, authority, admin)
    actor = await who_is(databases, await sign_in(databases.app, authority, lu))
    assert actor is not None
    assert actor.permissions == EVERYBODY


@pytest.mark.parametrize(
    "statement",
    [
        update(User).values(disabled_at=text("now()")),
        update(User).values(deleted_at=text("now()")),
        update(UserSession).values(ended_at=text("now()")),
        update(UserSession).values(expires_at=text("now()")),
        delete(WorkspaceMember),
        update(Workspace).values(deleted_at=text("now()")),
    ],
    ids=["disabled", "deleted", "revoked", "expired", "no member any more", "workspace deleted"],
)
async def test_an_actor_is_gone_at_once_when_its_ground_is(
    databases: Databases, authority: Authority, statement
):
    signed_in = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    async with units_of(databases.app).begin(signed_in.workspace_id) as uow:
        await uow.session.execute(statement)
    assert await who_is(databases, signed_in) is None


async def test_a_permission_taken_away_is_gone_at_once(databases: Databases, authority: Authority):
    signed_in = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    async with units_of(databases.app).begin(signed_in.workspace_id) as uow:
        taken = delete(GroupPermission).where(GroupPermission.permission == "mission.run")
        await uow.session.execute(taken)
    actor = await who_is(databases, signed_in)
    assert actor is not None
    assert actor.permissions == FOUNDER - {"mission.run"}


async def test_a_deleted_group_grants_nothing(databases: Databases, authority: Authority):
    admin = await make_admin(databases.app, authority)
    lu = await make_colleague(databases.app, authority, admin, ["admin"])
    signed_in = await sign_in(databases.app, authority, lu)
    async with units_of(databases.app).begin(signed_in.workspace_id) as uow:
        await uow.session.execute(update(Group).values(deleted_at=text("now()")))
    actor = await who_is(databases, signed_in)
    assert actor is not None
    assert actor.permissions == EVERYBODY


async def test_claims_of_another_workspace_or_session_lead_nowhere(
    databases: Databases, authority: Authority
):
    kim = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    other = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    mixtures = [
        (kim.user_id, other.workspace_id, kim.session_id),
        (kim.user_id, kim.workspace_id, other.session_id),
        (other.user_id, kim.workspace_id, other.session_id),
        (kim.user_id, kim.workspace_id, new_id()),
    ]
    for user_id, workspace_id, session_id in mixtures:
        async with databases.app.session(workspace_id) as session:
            assert await load_actor(session, user_id, workspace_id, session_id) is None


async def test_logout_ends_the_session_and_no_other(
    databases: Databases, authority: Authority, clock: SettableClock
):
    kim = await make_admin(databases.app, authority)
    here, there = [await sign_in(databases.app, authority, kim) for _ in range(2)]
    actor = await who_is(databases, here)
    assert actor is not None
    clock.pass_time(timedelta(minutes=1))
    async with units_of(databases.app).begin(kim.workspace_id) as uow:
        await logout(uow, actor, clock)
        await logout(uow, actor, clock)
    assert await who_is(databases, here) is None
    assert await who_is(databases, there) is not None


async def test_me_is_the_person_behind_the_actor(databases: Databases, authority: Authority):
    kim = await make_admin(databases.app, authority)
    actor = await who_is(databases, await sign_in(databases.app, authority, kim))
    assert actor is not None
    async with databases.app.session(kim.workspace_id) as session:
        assert (await read_me(session, actor)).email == kim.email


async def test_nobody_without_a_session_has_a_self(databases: Databases, authority: Authority):
    kim: Person = await make_admin(databases.app, authority)
    nobody = Actor(kim.user_id, kim.workspace_id, new_id(), frozenset())
    async with databases.app.session(kim.workspace_id) as session:
        with pytest.raises(Forbidden):
            await read_me(session, nobody)
