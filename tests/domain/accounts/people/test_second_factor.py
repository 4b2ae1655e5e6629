"""The second factor: what signing in takes once it is on, and what each code is good for."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from domain.accounts.attempts import THROTTLES
from domain.accounts.errors import CodeNeeded, WrongCredentials
from domain.accounts.models import RecoveryCode, User
from domain.accounts.people.reset_password import (
    RequestReset,
    ResetPassword,
    request_reset,
    reset_password,
)
from domain.accounts.people.second_factor import (
    RECOVERY_CODES,
    confirm_second_factor,
    renew_recovery_codes,
    set_up_second_factor,
    turn_off_second_factor,
)
from domain.shared.errors import Conflict, Invalid, TooMany
from tests.domain.accounts.people.someone import NEW_PASSWORD, House, outcome_of
from tests.factories.accounts import PASSWORD, SettableClock
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration

STEP = timedelta(seconds=30)


class App:
    """An authenticator app on somebody's phone."""

    def __init__(self, secret: str, clock: SettableClock) -> None:
        self.totp = pyotp.TOTP(secret)
        self.clock = clock

    def code(self, steps: int = 0) -> str:
        """What it shows, or showed that many steps away."""
        return self.totp.at(self.clock.now(), counter_offset=steps)

    def wrong(self) -> str:
        """Six digits that it shows at no step nearby."""
        shown = {self.code(step) for step in range(-5, 6)}
        return next(one for one in (f"{n:06}" for n in range(100)) if one not in shown)


async def begin(house: House, who: Member) -> App:
    made = await set_up_second_factor(house.units, house.authority, who.actor, PASSWORD)
    return App(made.secret, house.authority.clock)


async def confirm(house: House, who: Member, code: str) -> list[str]:
    async with house.units.begin(who.actor.workspace_id, who.actor.user_id) as uow:
        return list(await confirm_second_factor(uow, house.authority, who.actor, code))


async def turn_on(house: House, who: Member) -> tuple[App, list[str]]:
    """Turn it on; the code that did it is spent, the next step has come."""
    app = await begin(house, who)
    codes = await confirm(house, who, app.code())
    app.clock.pass_time(STEP)
    return app, codes


async def test_once_it_is_on_the_password_alone_is_asked_for_a_code(house: House):
    kim = await house.member()
    app, codes = await turn_on(house, kim)
    assert len(set(codes)) == RECOVERY_CODES
    with pytest.raises(CodeNeeded) as asked:
        await house.sign_in(kim.person.email)
    assert not asked.value.was_wrong
    assert (await house.sign_in(kim.person.email, code=app.code())).user_id == kim.person.user_id
    assert await house.postbox.list_templates(kim.person.email) == ["second_factor_on"]


async def test_a_code_is_no_password(house: House):
    kim = await house.member()
    app, codes = await turn_on(house, kim)
    for code in (app.code(), codes[0], ""):
        with pytest.raises(WrongCredentials):
            await house.sign_in(kim.person.email, "wrong horse battery staple", code)
    await house.sign_in(kim.person.email, code=app.code())


async def test_until_a_code_was_entered_it_is_off(house: House):
    kim = await house.member()
    app = await begin(house, kim)
    with pytest.raises(Invalid):
        await confirm(house, kim, app.wrong())
    await house.sign_in(kim.person.email)
    assert await house.postbox.list_templates(kim.person.email) == []
    await confirm(house, kim, app.code())


async def test_an_app_that_was_set_up_anew_makes_the_one_before_worthless(house: House):
    kim = await house.member()
    earlier, app = await begin(house, kim), await begin(house, kim)
    with pytest.raises(Invalid):
        await confirm(house, kim, earlier.code())
    await confirm(house, kim, app.code())
    with pytest.raises(Conflict):
        await begin(house, kim)
    with pytest.raises(Conflict):
        await confirm(house, kim, app.code(1))


async def test_the_address_of_the_installation_stands_in_what_the_app_scans(house: House):
    kim = await house.member()
    made = await set_up_second_factor(house.units, house.authority, kim.actor, PASSWORD)
    read = pyotp.parse_uri(made.uri)
    assert (read.secret, read.name, read.issuer) == (made.secret, kim.person.email, "Metamorph")


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_a_clock_may_be_off_by_one_step(house: House, clock: SettableClock, steps: int):
    kim = await house.member()
    app, _ = await turn_on(house, kim)
    clock.pass_time(10 * STEP)
    assert await house.stands(await house.sign_in(kim.person.email, code=app.code(steps)))


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
async def test_a_clock_may_not_be_off_by_more(house: House, clock: SettableClock, steps: int):
    kim = await house.member()
    app, _ = await turn_on(house, kim)
    clock.pass_time(10 * STEP)
    with pytest.raises(CodeNeeded) as refused:
        await house.sign_in(kim.person.email, code=app.code(steps))
    assert refused.value.was_wrong


async def test_a_code_works_once_and_so_do_all_before_it(house: House, clock: SettableClock):
    kim = await house.member()
    app, _ = await turn_on(house, kim)
    clock.pass_time(10 * STEP)
    used = app.code()
    await house.sign_in(kim.person.email, code=used)
    for code in (used, app.code(-1)):
        with pytest.raises(CodeNeeded):
            await house.sign_in(kim.person.email, code=code)
    clock.pass_time(STEP)
    with pytest.raises(CodeNeeded):
        await house.sign_in(kim.person.email, code=used)
    await house.sign_in(kim.person.email, code=app.code())


async def test_the_code_that_turned_it_on_signs_nobody_in(house: House):
    kim = await house.member()
    app = await begin(house, kim)
    code = app.code()
    await confirm(house, kim, code)
    with pytest.raises(CodeNeeded):
        await house.sign_in(kim.person.email, code=code)


@pytest.mark.no_rollback
async def test_of_parallel_uses_of_a_code_one_signs_in(house: House):
    kim = await house.member()
    app, codes = await turn_on(house, kim)
    for code in (app.code(), codes[0]):
        outcomes = await asyncio.gather(
            *(outcome_of(house.sign_in(kim.person.email, code=code)) for _ in range(5))
        )
        assert sorted(outcomes) == ["CodeNeeded"] * 4 + ["done"]


@pytest.mark.parametrize(
    "code",
    ["", " ", "12345", "1234567", "١٢٣٤٥٦", "½½½½½½", "abcdef", "\x00", "\ud800", "9" * 100_000],
)
async def test_what_is_no_code_signs_nobody_in(house: House, code: str):
    kim = await house.member()
    await turn_on(house, kim)
    with pytest.raises(CodeNeeded):
        await house.sign_in(kim.person.email, code=code)


async def test_a_recovery_code_works_once_however_it_is_typed_and_its_use_is_told(house: House):
    kim = await house.member()
    _, codes = await turn_on(house, kim)
    await house.sign_in(kim.person.email, code=f" {codes[3].upper().replace('-', ' ')} ")
    with pytest.raises(CodeNeeded):
        await house.sign_in(kim.person.email, code=codes[3])
    told = await house.postbox.read_letter(kim.person.email, "recovery_code_used")
    assert told.values["left"] == str(RECOVERY_CODES - 1)
    await house.sign_in(kim.person.email, code=codes[4])


async def test_a_stranger_s_recovery_code_is_none(house: House):
    kim, lu = await house.member(), await house.member()
    await turn_on(house, kim)
    _, codes = await turn_on(house, lu)
    with pytest.raises(CodeNeeded):
        await house.sign_in(kim.person.email, code=codes[0])


async def test_new_recovery_codes_make_the_ones_before_worthless(house: House):
    kim = await house.member()
    _, before = await turn_on(house, kim)
    with pytest.raises(Invalid):
        await renew_recovery_codes(house.units, house.authority, kim.actor, NEW_PASSWORD)
    codes = await renew_recovery_codes(house.units, house.authority, kim.actor, PASSWORD)
    assert not set(codes) & set(before)
    with pytest.raises(CodeNeeded):
        await house.sign_in(kim.person.email, code=before[0])
    await house.sign_in(kim.person.email, code=codes[0])


async def test_neither_the_secret_nor_a_recovery_code_stands_in_any_table(house: House):
    kim = await house.member()
    app, codes = await turn_on(house, kim)
    plain = [code.replace("-", "") for code in codes]
    assert await house.find_in_tables(app.totp.secret, *codes, *plain) == []
    row = await house.read_user(kim.person.user_id)
    assert row.totp_secret is not None
    async with house.databases.app.session(None, kim.person.user_id) as session:
        kept = (await session.scalars(select(RecoveryCode.code_hash))).all()
    assert len(kept) == RECOVERY_CODES


async def test_a_sealed_secret_opens_for_its_owner_alone(house: House):
    kim, lu = await house.member(), await house.member()
    app, _ = await turn_on(house, kim)
    await turn_on(house, lu)
    sealed = (await house.read_user(kim.person.user_id)).totp_secret
    async with house.units.begin() as uow:
        (await uow.session.get_one(User, lu.person.user_id)).totp_secret = sealed
    assert await outcome_of(house.sign_in(lu.person.email, code=app.code())) == "SealBroken"


async def test_turning_it_off_takes_the_password_and_a_code(house: House):
    kim = await house.member()
    app, codes = await turn_on(house, kim)
    for password, code in ((NEW_PASSWORD, app.code()), (PASSWORD, app.wrong()), (PASSWORD, "")):
        with pytest.raises(Invalid):
            await turn_off_second_factor(
                house.units, house.authority, kim.actor, password=password, code=code
            )
    assert await outcome_of(house.sign_in(kim.person.email)) == "CodeNeeded"
    await turn_off_second_factor(
        house.units, house.authority, kim.actor, password=PASSWORD, code=app.code()
    )
    await house.sign_in(kim.person.email)
    row = await house.read_user(kim.person.user_id)
    assert (row.totp_secret, row.totp_confirmed_at, row.totp_last_step) == (None, None, None)
    assert (await house.postbox.list_templates(kim.person.email))[-1] == "second_factor_off"
    app, _ = await turn_on(house, kim)
    with pytest.raises(CodeNeeded):
        await house.sign_in(kim.person.email, code=codes[0])


async def test_a_new_password_does_not_turn_it_off(house: House):
    kim = await house.member()
    app, _ = await turn_on(house, kim)
    await request_reset(house.units, house.authority, RequestReset(kim.person.email))
    token = await house.postbox.read_token(kim.person.email, "reset")
    await reset_password(house.units, house.authority, ResetPassword(token, NEW_PASSWORD))
    with pytest.raises(CodeNeeded):
        await house.sign_in(kim.person.email, NEW_PASSWORD)
    await house.sign_in(kim.person.email, NEW_PASSWORD, app.code())


async def test_guessing_codes_is_slowed_and_ends_before_a_million(
    strict: House, clock: SettableClock
):
    kim = await strict.member()
    app, _ = await turn_on(strict, kim)
    rule = THROTTLES["otp"]
    clock.pass_time(timedelta(seconds=2 * rule.period_seconds))
    outcomes = [
        await outcome_of(strict.sign_in(kim.person.email, code=app.wrong()))
        for _ in range(rule.limit + 2)
    ]
    assert outcomes == ["CodeNeeded"] * rule.limit + ["TooMany"] * 2
    with pytest.raises(TooMany):  # the right one comes too late as well
        await strict.sign_in(kim.person.email, code=app.code())
    clock.pass_time(timedelta(seconds=2 * rule.period_seconds))
    await strict.sign_in(kim.person.email, code=app.code())


async def test_whoever_enters_what_is_right_is_never_slowed(strict: House):
    kim = await strict.member()
    app, codes = await turn_on(strict, kim)
    for code in (app.code(), *codes[: 2 * THROTTLES["otp"].limit - 1]):
        await strict.sign_in(kim.person.email, code=code)
    for _ in range(THROTTLES["otp"].limit + 1):
        await renew_recovery_codes(strict.units, strict.authority, kim.actor, PASSWORD)
    for _ in range(THROTTLES["otp"].limit):
        wrong = strict.sign_in(kim.person.email, code=app.wrong())
        assert await outcome_of(wrong) == "CodeNeeded"
    assert await outcome_of(strict.sign_in(kim.person.email, code=app.wrong())) == "TooMany"


async def test_whoever_has_no_password_uses_up_nobody_s_codes(strict: House):
    kim = await strict.member()
    app, _ = await turn_on(strict, kim)
    for _ in range(THROTTLES["otp"].limit):
        wrong = strict.sign_in(kim.person.email, "wrong horse battery staple", app.wrong())
        assert await outcome_of(wrong) == "WrongCredentials"
    await strict.sign_in(kim.person.email, code=app.code())


async def test_a_stolen_session_without_the_password_uses_up_nobody_s_codes(strict: House):
    kim = await strict.member()
    app, _ = await turn_on(strict, kim)
    limit = THROTTLES["otp"].limit
    tries = [await outcome_of(confirm(strict, kim, app.wrong())) for _ in range(limit + 1)]
    assert tries == ["Conflict"] * (limit + 1)
    await strict.sign_in(kim.person.email, code=app.code())


async def test_guessing_the_password_of_a_stolen_session_is_slowed(strict: House):
    kim = await strict.member()
    limit = THROTTLES["otp"].limit
    tries = [
        await outcome_of(
            set_up_second_factor(strict.units, strict.authority, kim.actor, f"{NEW_PASSWORD}{n}")
        )
        for n in range(limit + 1)
    ]
    assert tries == ["Invalid"] * limit + ["TooMany"]
