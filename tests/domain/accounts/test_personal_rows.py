"""What lets somebody in is seen by nobody else, whatever a query forgets."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from domain.accounts.access_tokens.create import CreateAccessToken, make_token
from domain.accounts.members.remove import RemoveMember, remove_member
from domain.accounts.models import AccessToken, Base, Invitation, RecoveryCode, UserSession
from domain.accounts.people import repository as people
from domain.shared.clock import SystemClock
from domain.shared.ids import new_id
from tests.factories.accounts import units_of
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember, Member
from tests.support.rows import as_owner

pytestmark = pytest.mark.integration

KINDS: tuple[type[Base], ...] = (UserSession, AccessToken, RecoveryCode)


async def equip(databases: Databases, who: Member) -> Member:
    """Give somebody an access token and a recovery code beside his session."""
    async with units_of(databases.app).begin(who.actor.workspace_id, who.actor.user_id) as uow:
        command = CreateAccessToken("deploy", ["mission.read"])
        await make_token(uow, who.actor, SystemClock(), command)
        await people.replace_recovery_codes(uow.session, who.actor.user_id, [b"code"])
    return who


@pytest.fixture
async def kim(databases: Databases, workspace_member: MakeMember) -> Member:
    return await equip(databases, await workspace_member())


@pytest.fixture
async def lu(databases: Databases, workspace_member: MakeMember, kim: Member) -> Member:
    """Another one of the same workspace."""
    return await equip(databases, await workspace_member("editor", of=kim))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_query_without_a_filter_sees_only_what_is_one_s_own(
    databases: Databases, kim: Member, lu: Member, kind: type[Base]
):
    for who in (kim, lu):
        actor = who.actor
        async with databases.app.session(actor.workspace_id, actor.user_id) as session:
            owners = (await session.scalars(select(kind.user_id))).all()
        assert owners == [actor.user_id]


@pytest.mark.parametrize("kind", KINDS)
async def test_before_anybody_is_known_nothing_is_seen(
    databases: Databases, kim: Member, kind: type[Base]
):
    async with databases.app.session() as session:
        assert await session.scalar(select(func.count()).select_from(kind)) == 0
    async with databases.app.session(kim.actor.workspace_id, new_id()) as session:
        assert await session.scalar(select(func.count()).select_from(kind)) == 0


async def test_an_update_that_forgets_its_filter_ends_nobody_else_s_session(
    databases: Databases, kim: Member, lu: Member
):
    async with databases.app.session(kim.actor.workspace_id, kim.actor.user_id) as session:
        ended = await session.execute(text("UPDATE sessions SET ended_at = now()"))
        assert ended.rowcount == 1
        revoked = await session.execute(text("DELETE FROM access_tokens"))
        assert revoked.rowcount == 1


async def test_a_session_cannot_be_made_for_somebody_else(
    databases: Databases, kim: Member, lu: Member
):
    copied = "INSERT INTO recovery_codes (user_id, code_hash) VALUES (:whose, 'x')"
    moved = "UPDATE sessions SET user_id = :whose"
    for statement in (copied, moved):
        with pytest.raises(ProgrammingError, match="row-level security"):
            async with databases.app.session(kim.actor.workspace_id, kim.actor.user_id) as session:
                await session.execute(text(statement), {"whose": lu.actor.user_id})


async def test_removing_a_member_ends_what_he_has_here_all_the_same(
    databases: Databases, kim: Member, lu: Member
):
    async with units_of(databases.app).begin(kim.actor.workspace_id, kim.actor.user_id) as uow:
        await remove_member(uow, kim.actor, SystemClock(), RemoveMember(lu.actor.user_id))
    async with as_owner(databases) as session:
        for kind, end in (
            (UserSession, UserSession.ended_at),
            (AccessToken, AccessToken.revoked_at),
        ):
            goes_on = select(kind.user_id).where(end.is_(None))
            assert (await session.scalars(goes_on)).all() == [kim.actor.user_id]


async def test_nobody_can_have_forgotten_what_has_not_ended(databases: Databases, kim: Member):
    """The functions that forget for everybody believe no moment that has not come."""
    now = SystemClock().now()
    later = now + timedelta(days=400)
    async with units_of(databases.app).begin(kim.actor.workspace_id, kim.actor.user_id) as uow:
        invitation = Invitation(
            workspace_id=kim.actor.workspace_id,
            email="robin@example.test",
            token_hash=b"token",
            invited_by=kim.actor.user_id,
            created_at=now,
            expires_at=now + timedelta(days=7),
        )
        uow.session.add(invitation)
    async with databases.app.session() as session:
        forgotten = [
            await session.scalar(select(getattr(func, name)(later, 1000)))
            for name in ("forget_sessions", "forget_access_tokens")
        ]
        forgotten.append(await session.scalar(select(func.forget_invitations(later, None))))
    assert forgotten == [0, 0, 0]
