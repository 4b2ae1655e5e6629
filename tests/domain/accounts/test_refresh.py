"""Sessions go on by one refresh token after the other, each of which works once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from domain.accounts.actors import load_actor
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.errors import SessionEnded
from domain.accounts.forget import forget_sessions
from domain.accounts.logout import logout
from domain.accounts.models import RefreshToken, User
from domain.accounts.refresh import RefreshSession, Refusal, exchange, refresh
from domain.accounts.sessions import REFRESH_LIFETIME, Authority, SignedIn
from domain.shared.actor import Actor
from domain.shared.clock import SystemClock
from tests.factories.accounts import (
    SettableClock,
    make_admin,
    make_authority,
    sign_in,
    units_of,
)
from tests.fixtures.database import Databases
from tests.support.locks import until_somebody_waits

pytestmark = pytest.mark.integration

PARALLEL_REFRESHES = 200


async def continue_session(databases: Databases, authority: Authority, token: str) -> SignedIn:
    return await refresh(units_of(databases.app), authority, RefreshSession(token))


async def stands(databases: Databases, signed_in: SignedIn) -> bool:
    async with databases.app.session(signed_in.workspace_id) as session:
        actor = await load_actor(
            session, signed_in.user_id, signed_in.workspace_id, signed_in.session_id
        )
    return actor is not None


async def test_a_refresh_token_brings_new_tokens_of_the_same_session(
    databases: Databases, authority: Authority, clock: SettableClock
):
    first = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    clock.pass_time(timedelta(days=20))
    second = await continue_session(databases, authority, first.refresh_token)
    clock.pass_time(timedelta(days=20))
    third = await continue_session(databases, authority, second.refresh_token)
    assert first.session_id == second.session_id == third.session_id
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert authority.tokens.verify(third.access_token).session_id == first.session_id


async def test_a_token_used_twice_ends_the_whole_session_and_says_so(
    databases: Databases, authority: Authority
):
    first = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    second = await continue_session(databases, authority, first.refresh_token)
    with pytest.raises(SessionEnded, match="used before") as refused:
        await continue_session(databases, authority, first.refresh_token)
    assert refused.value.message == Refusal.REUSED
    assert not await stands(databases, second)
    with pytest.raises(SessionEnded, match="ended"):
        await continue_session(databases, authority, second.refresh_token)


async def test_another_session_of_the_same_person_goes_on(
    databases: Databases, authority: Authority
):
    kim = await make_admin(databases.app, authority)
    here, there = [await sign_in(databases.app, authority, kim) for _ in range(2)]
    await continue_session(databases, authority, here.refresh_token)
    with pytest.raises(SessionEnded):
        await continue_session(databases, authority, here.refresh_token)
    assert await stands(databases, there)
    await continue_session(databases, authority, there.refresh_token)


async def test_a_token_expires_after_thirty_days(
    databases: Databases, authority: Authority, clock: SettableClock
):
    first = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    clock.pass_time(REFRESH_LIFETIME)
    with pytest.raises(SessionEnded, match="expired"):
        await continue_session(databases, authority, first.refresh_token)


@pytest.mark.parametrize("token", ["", "unknown", "x" * 100_000, "\x00", "\ud800", "é"])
async def test_an_unknown_token_is_refused(databases: Databases, authority: Authority, token: str):
    with pytest.raises(SessionEnded, match="not known"):
        await continue_session(databases, authority, token)


async def test_an_access_token_does_not_refresh(databases: Databases, authority: Authority):
    first = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    with pytest.raises(SessionEnded, match="not known"):
        await continue_session(databases, authority, first.access_token)
    assert await stands(databases, first)


async def test_a_session_does_not_survive_its_owner(databases: Databases, authority: Authority):
    first = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    async with units_of(databases.app).begin() as uow:
        await uow.session.execute(update(User).values(disabled_at=text("now()")))
    with pytest.raises(SessionEnded):
        await continue_session(databases, authority, first.refresh_token)


@pytest.mark.no_rollback
async def test_of_many_parallel_refreshes_one_wins_and_the_session_goes_on(
    databases: Databases, keys_directory
):
    authority = make_authority(keys_directory, SystemClock())
    first = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    outcomes = await asyncio.gather(
        *(
            continue_session(databases, authority, first.refresh_token)
            for _ in range(PARALLEL_REFRESHES)
        ),
        return_exceptions=True,
    )
    (winner,) = [outcome for outcome in outcomes if isinstance(outcome, SignedIn)]
    refusals = {str(outcome) for outcome in outcomes if isinstance(outcome, SessionEnded)}
    assert refusals == {Refusal.OVERTAKEN}
    await continue_session(databases, authority, winner.refresh_token)
    async with databases.app.session() as session:
        assert await session.scalar(select(func.count()).select_from(RefreshToken)) == 3


@pytest.mark.no_rollback
async def test_no_refresh_escapes_a_logout_at_the_same_time(databases: Databases, keys_directory):
    authority = make_authority(keys_directory, SystemClock())
    first = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    second = await continue_session(databases, authority, first.refresh_token)
    token_hash = hash_token(second.refresh_token)
    async with units_of(databases.app).begin() as uow:
        third = await exchange(uow, authority, token_hash, authority.clock.now())
        leaving = asyncio.create_task(leave(databases, authority, first))
        await until_somebody_waits(databases)
    await leaving
    assert isinstance(third, SignedIn)
    assert not await stands(databases, third)
    with pytest.raises(SessionEnded):
        await continue_session(databases, authority, third.refresh_token)


async def leave(databases: Databases, authority: Authority, signed_in: SignedIn) -> None:
    actor = Actor(
        signed_in.user_id, signed_in.workspace_id, signed_in.session_id, frozenset({"account.self"})
    )
    async with units_of(databases.app).begin(signed_in.workspace_id, signed_in.user_id) as uow:
        await logout(uow, actor, authority.clock)


async def test_expired_tokens_are_forgotten_but_not_the_session_that_goes_on(
    databases: Databases, authority: Authority, clock: SettableClock
):
    clock.pass_time(timedelta(days=-100))  # nothing is forgotten before it has come to that
    first = await sign_in(databases.app, authority, await make_admin(databases.app, authority))
    clock.pass_time(timedelta(days=20))
    second = await continue_session(databases, authority, first.refresh_token)
    clock.pass_time(timedelta(days=15))
    third = await continue_session(databases, authority, second.refresh_token)
    assert await forget(databases, clock) == 1
    clock.pass_time(timedelta(days=20))
    assert await forget(databases, clock) == 1
    assert await continue_session(databases, authority, third.refresh_token)
    clock.pass_time(timedelta(days=40))
    assert await forget(databases, clock) == 1
    assert await forget(databases, clock) == 0


async def forget(databases: Databases, clock: SettableClock) -> int:
    async with units_of(databases.app).begin() as uow:
        return await forget_sessions(uow, clock=clock)
