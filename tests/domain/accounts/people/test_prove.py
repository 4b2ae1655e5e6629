"""Proving who one is: what nobody could judge counts as no try, and what was proven must still hold."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import update

from domain.accounts.access_tokens.create import CreateAccessToken, create_access_token
from domain.accounts.attempts import THROTTLES
from domain.accounts.models import User
from domain.accounts.people.change_mail import ChangeMail, change_mail
from domain.accounts.people.change_password import ChangePassword, change_password
from domain.accounts.people.delete_account import DeleteAccount, delete_account
from domain.accounts.people.register import prove_choice
from domain.accounts.people.second_factor import (
    renew_recovery_codes,
    set_up_second_factor,
    turn_off_second_factor,
)
from domain.shared.errors import Unauthenticated, Unavailable
from tests.domain.accounts.people.someone import NEW_PASSWORD, House, new_address, outcome_of
from tests.domain.accounts.people.test_second_factor import begin, confirm, turn_on
from tests.factories.accounts import PASSWORD
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration

Verb = Callable[[House, Member], Awaitable[object]]
LIMIT = THROTTLES["otp"].limit


def proven_by(verb: Callable[..., Awaitable[object]], *command: Any, **options: Any) -> Verb:
    """A verb that asks for the password, as one calls it."""
    return lambda house, who: verb(house.units, house.authority, who.actor, *command, **options)


VERBS = {
    "change the password": proven_by(change_password, ChangePassword(PASSWORD, NEW_PASSWORD)),
    "change the address": proven_by(change_mail, ChangeMail("new@example.test", PASSWORD)),
    "delete the account": proven_by(delete_account, DeleteAccount(PASSWORD)),
    "make an access token": proven_by(
        create_access_token, PASSWORD, CreateAccessToken("deploy", ["mission.read"])
    ),
    "set up a second factor": proven_by(set_up_second_factor, PASSWORD),
    "turn it off": proven_by(turn_off_second_factor, password=PASSWORD, code="000000"),
    "renew recovery codes": proven_by(renew_recovery_codes, PASSWORD),
}


async def be_busy(*_: object) -> bool:
    """What the hasher says when too many wait."""
    raise Unavailable("Too many people sign in at this moment.")


@pytest.mark.parametrize("act", VERBS.values(), ids=VERBS)
async def test_whoever_was_overtaken_by_a_new_password_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, act: Verb
):
    """The thief of a session may know the password that its owner replaces at this moment."""
    kim = await house.member()
    judge = house.authority.passwords.verify

    async def judge_late(stored: str | None, password: str) -> bool:
        is_right = await judge(stored, password)
        async with house.units.begin() as uow:
            mine = update(User).where(User.id == kim.person.user_id)
            await uow.session.execute(mine.values(password_hash="another"))
        return is_right

    monkeypatch.setattr(house.authority.passwords, "verify", judge_late)
    with pytest.raises(Unauthenticated, match="at the same moment"):
        await act(house, kim)
    row = await house.read_user(kim.person.user_id)
    assert (row.password_hash, row.deleted_at, row.totp_secret) == ("another", None, None)
    assert await house.postbox.read_owed() == []


async def test_passwords_that_nobody_could_judge_are_no_tries(
    strict: House, monkeypatch: pytest.MonkeyPatch
):
    kim = await strict.member()
    wrong = ChangePassword(NEW_PASSWORD, NEW_PASSWORD)
    with monkeypatch.context() as busy:
        busy.setattr(strict.authority.passwords, "verify", be_busy)
        for _ in range(LIMIT + 1):
            with pytest.raises(Unavailable):
                await change_password(strict.units, strict.authority, kim.actor, wrong)
    tries = [
        await outcome_of(change_password(strict.units, strict.authority, kim.actor, wrong))
        for _ in range(LIMIT + 1)
    ]
    assert tries == ["Invalid"] * LIMIT + ["TooMany"]


async def test_nor_are_they_when_an_address_is_confirmed(
    strict: House, monkeypatch: pytest.MonkeyPatch
):
    email = new_address()
    await strict.register(email)
    token = await strict.postbox.read_token(email, "register")
    with monkeypatch.context() as busy:
        busy.setattr(strict.authority.passwords, "verify", be_busy)
        for _ in range(LIMIT + 1):
            with pytest.raises(Unavailable):
                await prove_choice(strict.units, strict.authority, token, PASSWORD)
    await strict.verify(token)


async def test_a_registration_that_could_not_be_kept_is_none(
    strict: House, monkeypatch: pytest.MonkeyPatch
):
    email = new_address()
    with monkeypatch.context() as busy:
        busy.setattr(strict.authority.passwords, "hash", be_busy)
        for _ in range(THROTTLES["register_for"].limit + 1):
            with pytest.raises(Unavailable):
                await strict.register(email)
    await strict.register(email)


async def test_codes_that_nobody_could_judge_are_no_tries(
    strict: House, monkeypatch: pytest.MonkeyPatch
):
    """The database goes away in the middle of a transaction, where its loss has another name."""
    kim = await strict.member()
    app = await begin(strict, kim)

    async def be_away(*_: object) -> bool:
        raise ConnectionError("the database is away")

    with monkeypatch.context() as away:
        away.setattr("domain.accounts.people.second_factor.check_code", be_away)
        for _ in range(LIMIT + 1):
            with pytest.raises(ConnectionError):
                await confirm(strict, kim, app.code())
    await confirm(strict, kim, app.code())


async def test_where_the_second_factor_is_on_an_account_ends_with_a_code_of_it(house: House):
    kim = await house.member()
    app, codes = await turn_on(house, kim)

    async def delete(code: str) -> str:
        command = DeleteAccount(PASSWORD, code)
        return await outcome_of(delete_account(house.units, house.authority, kim.actor, command))

    assert [await delete(code) for code in ("", app.wrong())] == ["CodeNeeded"] * 2
    assert (await house.read_user(kim.person.user_id)).deleted_at is None
    assert await delete(codes[0]) == "done"
    assert (await house.read_user(kim.person.user_id)).deleted_at is not None


async def test_codes_to_delete_an_account_cannot_be_guessed_for_ever(strict: House):
    kim = await strict.member()
    app, _ = await turn_on(strict, kim)
    command = DeleteAccount(PASSWORD, app.wrong())
    tries = [
        await outcome_of(delete_account(strict.units, strict.authority, kim.actor, command))
        for _ in range(LIMIT + 1)
    ]
    assert tries == ["CodeNeeded"] * LIMIT + ["TooMany"]
