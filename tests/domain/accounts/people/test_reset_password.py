"""Forgotten passwords: a link by mail, for an hour, once; afterwards everything is signed out."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from domain.accounts.access_tokens.create import CreateAccessToken, make_token
from domain.accounts.access_tokens.use import use_access_token
from domain.accounts.errors import LinkInvalid, SessionEnded
from domain.accounts.models import MailLink, User
from domain.accounts.passwords import Passwords
from domain.accounts.people.change_password import ChangePassword, change_password
from domain.accounts.people.reset_password import (
    LIFETIME,
    RequestReset,
    ResetPassword,
    request_reset,
    reset_password,
)
from domain.accounts.refresh import RefreshSession, refresh
from domain.shared.errors import Forbidden, Invalid
from tests.domain.accounts.people.someone import NEW_PASSWORD, House, new_address, outcome_of
from tests.factories.accounts import PASSWORD, SettableClock
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration


async def ask(house: House, email: str) -> str:
    """Ask for a link; returns its token."""
    await request_reset(house.units, house.authority, RequestReset(email))
    return await house.postbox.read_token(email, "reset")


async def reset(house: House, token: str, password: str = NEW_PASSWORD) -> None:
    await reset_password(house.units, house.authority, ResetPassword(token, password))


async def make_script(house: House, who: Member) -> str:
    """A script's token of a person."""
    command = CreateAccessToken("deploy", ["mission.read"])
    async with house.units.begin(who.actor.workspace_id, who.actor.user_id) as uow:
        made = await make_token(uow, who.actor, house.authority.clock, command)
    return made.token


async def works(house: House, token: str) -> bool:
    return await use_access_token(house.units, token, house.authority.clock.now()) is not None


async def test_the_link_lets_choose_a_password(house: House):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    letter = await house.postbox.read_letter(kim.person.email, "reset")
    assert letter.link == f"https://app.metamorph.test/reset-password#token={token}"
    await reset(house, token)
    await house.sign_in(kim.person.email, NEW_PASSWORD)
    assert await outcome_of(house.sign_in(kim.person.email, PASSWORD)) == "WrongCredentials"
    assert await house.postbox.list_templates(kim.person.email) == ["reset", "password_changed"]


async def test_case_35_a_reset_ends_every_session_and_every_access_token(house: House):
    kim = await house.member()
    other = await house.sign_in(kim.person.email)
    script = await make_script(house, kim)
    assert await works(house, script)
    await reset(house, await ask(house, kim.person.email))
    assert not await works(house, script)
    for signed_in in (kim.signed_in, other):
        assert not await house.stands(signed_in)
        with pytest.raises(SessionEnded):
            await refresh(house.units, house.authority, RefreshSession(signed_in.refresh_token))


async def test_case_35_a_change_ends_everything_but_the_session_that_asks(house: House):
    kim = await house.member()
    other = await house.sign_in(kim.person.email)
    script = await make_script(house, kim)
    link = await ask(house, kim.person.email)
    command = ChangePassword(PASSWORD, NEW_PASSWORD)
    await change_password(house.units, house.authority, kim.actor, command)
    assert await house.stands(kim.signed_in)
    assert not await house.stands(other)
    assert not await works(house, script)
    with pytest.raises(LinkInvalid):
        await reset(house, link)
    await house.sign_in(kim.person.email, NEW_PASSWORD)
    last = (await house.postbox.read_letters(kim.person.email))[-1]
    assert last.template == "password_changed"


async def test_case_35_a_disabled_person_s_sessions_end_and_no_link_brings_him_back(house: House):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    async with house.units.begin() as uow:
        now = {"disabled_at": house.authority.clock.now()}
        await uow.session.execute(update(User).where(User.id == kim.person.user_id).values(now))
    assert not await house.stands(kim.signed_in)
    with pytest.raises(LinkInvalid):
        await reset(house, token)
    before = await house.postbox.list_templates(kim.person.email)
    await request_reset(house.units, house.authority, RequestReset(kim.person.email))
    assert await house.postbox.list_templates(kim.person.email) == []
    assert before == []


async def test_a_stranger_s_access_token_survives(house: House):
    kim, lu = await house.member(), await house.member()
    script = await make_script(house, lu)
    await reset(house, await ask(house, kim.person.email))
    assert await works(house, script)
    assert await house.stands(lu.signed_in)


@pytest.mark.parametrize("wrong", ["", "wrong horse battery staple", PASSWORD + " "])
async def test_who_does_not_know_the_password_changes_nothing(house: House, wrong: str):
    kim = await house.member()
    with pytest.raises(Invalid) as refused:
        command = ChangePassword(wrong, NEW_PASSWORD)
        await change_password(house.units, house.authority, kim.actor, command)
    assert refused.value.field == ("password",)
    await house.sign_in(kim.person.email)


async def test_case_37_a_reset_link_works_once(house: House):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    await reset(house, token)
    with pytest.raises(LinkInvalid):
        await reset(house, token, "another password entirely")
    await house.sign_in(kim.person.email, NEW_PASSWORD)


async def test_case_37_the_other_links_of_the_person_are_worth_nothing_after_one_was_used(
    house: House,
):
    kim = await house.member()
    first = await ask(house, kim.person.email)
    second = await ask(house, kim.person.email)
    assert first != second
    await reset(house, second)
    with pytest.raises(LinkInvalid):
        await reset(house, first, "another password entirely")


async def test_case_37_a_reset_link_expires_after_an_hour(house: House, clock: SettableClock):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    clock.pass_time(LIFETIME)
    with pytest.raises(LinkInvalid):
        await reset(house, token)
    assert timedelta(hours=1) == LIFETIME
    await house.sign_in(kim.person.email)


async def test_a_link_that_left_late_still_has_its_hour(house: House, clock: SettableClock):
    """A mail server may be away for hours; the hour begins when the mail leaves."""
    kim = await house.member()
    await ask(house, kim.person.email)
    clock.pass_time(timedelta(hours=3))
    token = await house.postbox.read_token(kim.person.email, "reset")
    clock.pass_time(LIFETIME - timedelta(seconds=1))
    await reset(house, token)
    assert await house.stands(await house.sign_in(kim.person.email, NEW_PASSWORD))


async def test_a_mail_that_leaves_again_does_not_bring_a_used_link_back(
    house: House, clock: SettableClock
):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    await reset(house, token)
    clock.pass_time(timedelta(minutes=1))
    assert await house.postbox.read_token(kim.person.email, "reset") == token
    with pytest.raises(LinkInvalid):
        await reset(house, token)


async def test_case_37_no_table_holds_the_token_of_a_reset_link(house: House):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    assert await house.find_in_tables(token, token.removeprefix("mml_")) == []


@pytest.mark.no_rollback
async def test_case_37_of_parallel_uses_of_a_link_one_counts(house: House):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    chosen = [f"{NEW_PASSWORD} {number}" for number in range(5)]
    outcomes = await asyncio.gather(
        *(outcome_of(reset(house, token, password)) for password in chosen)
    )
    assert sorted(outcomes) == ["LinkInvalid"] * 4 + ["done"]
    winner = chosen[outcomes.index("done")]
    await house.sign_in(kim.person.email, winner)


@pytest.mark.parametrize("refused", ["short", "password1234", "metamorphmetamorph", "x" * 1025])
async def test_a_password_that_is_refused_leaves_the_link_as_it_was(house: House, refused: str):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    with pytest.raises(Invalid) as told:
        await reset(house, token, refused)
    assert told.value.field == ("new_password",)
    assert not isinstance(told.value, LinkInvalid)
    await reset(house, token)


async def test_one_s_own_address_is_no_password(house: House):
    email = "bartholomew-longfellow@example.test"
    await house.newcomer(email)
    token = await ask(house, email)
    for word in (email, "bartholomew1", "longfellowlongfellow"):
        with pytest.raises(Invalid, match="easy to guess"):
            await reset(house, token, word)


async def test_a_link_that_is_none_costs_no_hash(house: House, monkeypatch):
    """Else anybody could keep the hashers busy, and with them everybody who signs in."""
    hashed: list[str] = []

    async def note(_: Passwords, password: str) -> str:
        hashed.append(password)
        return ""

    monkeypatch.setattr(Passwords, "hash", note)
    with pytest.raises(LinkInvalid):
        await reset(house, "mml_" + "A" * 43)
    assert hashed == []


async def test_whoever_is_unknown_gets_no_mail_and_no_link(house: House):
    email = new_address()
    await request_reset(house.units, house.authority, RequestReset(email))
    (owed,) = await house.postbox.read_owed()
    assert await house.postbox.compose(owed) is None
    async with house.databases.app.session() as session:
        assert await session.scalar(select(func.count()).select_from(MailLink)) == 0


async def test_a_mail_to_an_address_that_changed_hands_is_not_sent(house: House):
    kim = await house.member()
    token = await ask(house, kim.person.email)
    async with house.units.begin() as uow:
        other = {"email": new_address()}
        await uow.session.execute(update(User).where(User.id == kim.person.user_id).values(other))
    assert await house.postbox.read_letters(kim.person.email) == []
    with pytest.raises(LinkInvalid):
        await reset(house, token)


async def test_a_script_changes_no_password(house: House):
    kim = await house.member()
    script = await make_script(house, kim)
    used = await use_access_token(house.units, script, house.authority.clock.now())
    assert used is not None
    with pytest.raises(Forbidden):
        command = ChangePassword(PASSWORD, NEW_PASSWORD)
        await change_password(house.units, house.authority, used.actor, command)
