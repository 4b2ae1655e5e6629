"""Signing in with address and password."""

import statistics
import time
from dataclasses import replace

import pytest
from sqlalchemy import select, text, update

from domain.accounts.actors import load_actor
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.errors import WrongCredentials
from domain.accounts.login import Login, login
from domain.accounts.models import RefreshToken, User, UserSession, WorkspaceMember
from domain.accounts.passwords import Passwords
from domain.accounts.permissions import EVERYBODY
from domain.accounts.sessions import REFRESH_LIFETIME, Authority
from domain.shared.ids import SYSTEM_WORKSPACE
from tests.factories.accounts import PASSWORD, SettableClock, make_admin, units_of
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration


async def test_the_right_password_begins_a_session(
    databases: Databases, authority: Authority, clock: SettableClock
):
    kim = await make_admin(databases.app, authority)
    signed_in = await login(units_of(databases.app), authority, kim.login)
    claims = authority.tokens.verify(signed_in.access_token)
    assert (claims.user_id, claims.workspace_id) == (kim.user_id, kim.workspace_id)
    assert claims.session_id == signed_in.session_id
    assert signed_in.refresh_expires_at == clock.now() + REFRESH_LIFETIME


async def test_only_the_hash_of_a_refresh_token_is_stored(
    databases: Databases, authority: Authority
):
    kim = await make_admin(databases.app, authority)
    signed_in = await login(units_of(databases.app), authority, kim.login)
    async with databases.app.session() as session:
        stored = (await session.scalars(select(RefreshToken))).one()
        row = (await session.execute(text("SELECT refresh_tokens::text FROM refresh_tokens"))).one()
    assert stored.token_hash == hash_token(signed_in.refresh_token)
    assert signed_in.refresh_token not in row[0]


async def test_the_address_is_taken_in_any_case(databases: Databases, authority: Authority):
    kim = await make_admin(databases.app, authority)
    command = Login(f" {kim.email.upper()} ", PASSWORD)
    assert (await login(units_of(databases.app), authority, command)).user_id == kim.user_id


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (None, "wrong horse battery staple"),
        (None, ""),
        (None, PASSWORD + "\x00"),
        (None, "\ud800"),
        (None, "x" * 1_000_000),
        ("nobody@example.test", PASSWORD),
        ("nobody\x00@example.test", PASSWORD),
        ("\ud800@example.test", PASSWORD),
        ("x" * 100_000, PASSWORD),
        ("", ""),
    ],
)
async def test_whatever_is_wrong_the_answer_is_the_same(
    databases: Databases, authority: Authority, email: str | None, password: str
):
    kim = await make_admin(databases.app, authority)
    with pytest.raises(WrongCredentials, match=r"^The address or the password is wrong\.$"):
        await login(units_of(databases.app), authority, Login(email or kim.email, password))


async def test_a_disabled_person_cannot_sign_in(databases: Databases, authority: Authority):
    kim = await make_admin(databases.app, authority)
    await change_user(databases, kim.user_id, "disabled_at")
    with pytest.raises(WrongCredentials):
        await login(units_of(databases.app), authority, kim.login)


async def test_a_deleted_person_cannot_sign_in(databases: Databases, authority: Authority):
    kim = await make_admin(databases.app, authority)
    await change_user(databases, kim.user_id, "deleted_at")
    with pytest.raises(WrongCredentials):
        await login(units_of(databases.app), authority, kim.login)


async def change_user(databases: Databases, user_id, column: str) -> None:
    async with units_of(databases.app).begin() as uow:
        now = {column: text("now()")}
        await uow.session.execute(update(User).where(User.id == user_id).values(now))


async def test_a_person_of_no_workspace_is_signed_in_nowhere_and_may_only_what_everybody_may(
    databases: Databases, authority: Authority
):
    kim = await make_admin(databases.app, authority)
    async with units_of(databases.app).begin(kim.workspace_id) as uow:
        await uow.session.delete((await uow.session.scalars(select(WorkspaceMember))).one())
    signed_in = await login(units_of(databases.app), authority, kim.login)
    assert signed_in.workspace_id == SYSTEM_WORKSPACE
    async with databases.app.session(SYSTEM_WORKSPACE, kim.user_id) as session:
        actor = await load_actor(session, kim.user_id, SYSTEM_WORKSPACE, signed_in.session_id)
    assert actor is not None
    assert actor.permissions == EVERYBODY


async def test_case_35_a_sign_in_that_was_judged_before_a_change_begins_no_session(
    databases: Databases, authority: Authority, monkeypatch: pytest.MonkeyPatch
):
    kim = await make_admin(databases.app, authority)
    judge = authority.passwords.verify

    async def judge_while_it_changes(stored: str | None, password: str) -> bool:
        matches = await judge(stored, password)
        async with units_of(databases.app).begin() as uow:
            await uow.session.execute(update(User).values(password_hash="another"))
        return matches

    monkeypatch.setattr(authority.passwords, "verify", judge_while_it_changes)
    with pytest.raises(WrongCredentials):
        await login(units_of(databases.app), authority, kim.login)
    async with databases.app.session(kim.workspace_id, kim.user_id) as session:
        assert (await session.scalars(select(UserSession))).all() == []


async def test_a_hash_with_old_parameters_is_renewed(databases: Databases, authority: Authority):
    kim = await make_admin(databases.app, authority)
    stronger = replace(authority, passwords=Passwords(memory_kib=64))
    await login(units_of(databases.app), stronger, kim.login)
    async with databases.app.session() as session:
        stored = (await session.scalars(select(User.password_hash))).one()
    assert "m=64," in stored
    assert (await login(units_of(databases.app), stronger, kim.login)).user_id == kim.user_id


async def test_an_unknown_address_takes_as_long_as_a_wrong_password(
    databases: Databases, authority: Authority
):
    """Both cost one statement and one hash; medians of real hashes are close to each other."""
    real = replace(authority, passwords=Passwords(memory_kib=16_384))
    kim = await make_admin(databases.app, real)

    async def measure(email: str) -> float:
        begun = time.perf_counter()
        with pytest.raises(WrongCredentials):
            await login(units_of(databases.app), real, Login(email, "wrong horse battery"))
        return time.perf_counter() - begun

    times = [(await measure(kim.email), await measure("nobody@example.test")) for _ in range(15)]
    known, unknown = (statistics.median(column) for column in zip(*times, strict=True))
    assert 0.6 < unknown / known < 1.67
