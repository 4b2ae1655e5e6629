"""Another address: confirmed by a mail to the new one, and told to the old one."""

import asyncio
from datetime import timedelta

import pytest

from domain.accounts.errors import LinkInvalid
from domain.accounts.people.change_mail import LIFETIME, ChangeMail, change_mail, confirm_mail
from domain.accounts.people.change_password import ChangePassword, change_password
from domain.accounts.people.reset_password import (
    RequestReset,
    ResetPassword,
    request_reset,
    reset_password,
)
from domain.shared.errors import Conflict, Invalid
from tests.domain.accounts.people.someone import NEW_PASSWORD, House, new_address, outcome_of
from tests.factories.accounts import PASSWORD, SettableClock
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration


async def ask(house: House, who: Member, address: str) -> str:
    """Ask for another address; returns the token in the mail to it."""
    command = ChangeMail(address, PASSWORD)
    await change_mail(house.units, house.authority, who.actor, command)
    return await house.postbox.read_token(address.strip().lower(), "change_mail")


async def confirm(house: House, token: str) -> None:
    await confirm_mail(house.units, house.authority, token)


async def test_the_new_address_signs_in_once_it_is_confirmed_and_the_old_one_is_told(house: House):
    kim, address = await house.member(), new_address()
    token = await ask(house, kim, f" {address.upper()} ")
    await house.sign_in(kim.person.email)
    assert await outcome_of(house.sign_in(address)) == "WrongCredentials"
    await confirm(house, token)
    assert (await house.sign_in(address)).user_id == kim.person.user_id
    assert await outcome_of(house.sign_in(kim.person.email)) == "WrongCredentials"
    told = await house.postbox.read_letter(kim.person.email, "mail_changed")
    assert told.values["address"] == address
    assert await house.stands(kim.signed_in)


@pytest.mark.parametrize("wrong", ["", "wrong horse battery staple"])
async def test_whoever_does_not_know_the_password_changes_no_address(house: House, wrong: str):
    kim, address = await house.member(), new_address()
    with pytest.raises(Invalid) as refused:
        await change_mail(house.units, house.authority, kim.actor, ChangeMail(address, wrong))
    assert refused.value.field == ("password",)
    assert await house.postbox.read_letters(address) == []


async def test_case_37_the_link_works_once_and_for_a_day(house: House, clock: SettableClock):
    kim = await house.member()
    first, second = new_address(), new_address()
    token = await ask(house, kim, first)
    await confirm(house, token)
    with pytest.raises(LinkInvalid):
        await confirm(house, token)
    late = await ask(house, kim, second)
    clock.pass_time(LIFETIME)
    with pytest.raises(LinkInvalid):
        await confirm(house, late)
    assert timedelta(hours=24) == LIFETIME
    assert await house.find_user(first) is not None


async def test_case_37_no_table_holds_the_token_of_the_link(house: House):
    token = await ask(house, await house.member(), new_address())
    assert await house.find_in_tables(token, token.removeprefix("mml_")) == []


async def test_whether_the_address_is_taken_shows_only_to_who_reads_its_mails(house: House):
    kim, lu = await house.member(), await house.member()
    token = await ask(house, kim, lu.person.email)
    with pytest.raises(Conflict, match="already"):
        await confirm(house, token)
    assert (await house.sign_in(lu.person.email)).user_id == lu.person.user_id
    assert (await house.sign_in(kim.person.email)).user_id == kim.person.user_id


async def test_who_registers_meanwhile_keeps_the_address(house: House):
    kim, address = await house.member(), new_address()
    token = await ask(house, kim, address)
    newcomer = await house.newcomer(address)
    with pytest.raises(Conflict):
        await confirm(house, token)
    assert (await house.sign_in(address)).user_id == newcomer


@pytest.mark.no_rollback
async def test_two_people_who_confirm_one_address_at_once_do_not_both_get_it(house: House):
    people, address = [await house.member() for _ in range(2)], new_address()
    tokens = [await ask(house, who, address) for who in people]
    outcomes = await asyncio.gather(*(outcome_of(confirm(house, one)) for one in tokens))
    assert sorted(outcomes) == ["Conflict", "done"]
    winner = people[outcomes.index("done")]
    assert (await house.sign_in(address)).user_id == winner.person.user_id


async def test_a_link_is_worthless_after_another_change(house: House):
    kim = await house.member()
    first, second = new_address(), new_address()
    tokens = [await ask(house, kim, one) for one in (first, second)]
    await confirm(house, tokens[1])
    with pytest.raises(LinkInvalid):
        await confirm(house, tokens[0])
    assert await house.find_user(first) is None


async def test_a_link_is_worthless_after_the_password_was_changed(house: House):
    """Whoever had the account before must not take its address with him."""
    kim, address = await house.member(), new_address()
    token = await ask(house, kim, address)
    command = ChangePassword(PASSWORD, NEW_PASSWORD)
    await change_password(house.units, house.authority, kim.actor, command)
    with pytest.raises(LinkInvalid):
        await confirm(house, token)


async def test_a_reset_link_to_the_old_address_is_worthless_afterwards(house: House):
    kim, address = await house.member(), new_address()
    await request_reset(house.units, house.authority, RequestReset(kim.person.email))
    old = await house.postbox.read_token(kim.person.email, "reset")
    await confirm(house, await ask(house, kim, address))
    with pytest.raises(LinkInvalid):
        await reset_password(house.units, house.authority, ResetPassword(old, NEW_PASSWORD))


@pytest.mark.parametrize("address", ["", "kim", "a@b@c.test", "eve,kim@example.test"])
async def test_only_an_address_is_an_address(house: House, address: str):
    kim = await house.member()
    with pytest.raises(Invalid) as refused:
        await change_mail(house.units, house.authority, kim.actor, ChangeMail(address, PASSWORD))
    assert refused.value.field == ("new_email",)
