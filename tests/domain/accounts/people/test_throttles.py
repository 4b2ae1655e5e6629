"""Whoever makes the installation write to others, or tries what can be guessed, is slowed down."""

from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from domain.accounts.attempts import THROTTLES, CountedAttempts, Kind
from domain.accounts.people.change_mail import ChangeMail, change_mail
from domain.accounts.people.reset_password import RequestReset, request_reset
from domain.shared.errors import TooMany, Unavailable
from domain.shared.origin import Origin
from domain.shared.windows import Windows
from tests.domain.accounts.people.someone import House, new_address, outcome_of
from tests.factories.accounts import PASSWORD, SettableClock

pytestmark = pytest.mark.integration


def from_somewhere() -> Origin:
    """A client in a network of which nothing was counted yet."""
    network = uuid4().hex[:12]
    return Origin.of("Firefox", f"2001:{network[:4]}:{network[4:8]}:{network[8:]}::1")


def period(kind: Kind) -> timedelta:
    """After this time a window has passed for certain."""
    return timedelta(seconds=2 * THROTTLES[kind].period_seconds)


async def ask(house: House, email: str, origin: Origin) -> str:
    return await outcome_of(
        request_reset(house.units, house.authority, RequestReset(email, origin))
    )


async def test_case_36_nobody_gets_more_reset_mails_than_three_an_hour_known_or_not(
    strict: House, clock: SettableClock
):
    kim = await strict.member()
    limit = THROTTLES["reset"].limit
    for email in (kim.person.email, new_address()):
        outcomes = [await ask(strict, email, from_somewhere()) for _ in range(limit + 1)]
        assert outcomes == ["done"] * limit + ["TooMany"]
        assert await ask(strict, f" {email.upper()}", from_somewhere()) == "TooMany"
    assert len(await strict.postbox.read_letters(kim.person.email)) == limit
    clock.pass_time(period("reset"))
    assert await ask(strict, kim.person.email, from_somewhere()) == "done"


async def test_one_client_does_not_ask_for_everybody(strict: House):
    here, limit = from_somewhere(), THROTTLES["reset_from"].limit
    outcomes = [await ask(strict, new_address(), here) for _ in range(limit + 1)]
    assert outcomes == ["done"] * limit + ["TooMany"]
    assert await ask(strict, new_address(), from_somewhere()) == "done"


async def test_one_client_does_not_register_everybody(strict: House):
    here, limit = from_somewhere(), THROTTLES["register"].limit
    outcomes = [
        await outcome_of(strict.register(new_address(), origin=here)) for _ in range(limit + 1)
    ]
    assert outcomes == ["done"] * limit + ["TooMany"]
    await strict.register(new_address(), origin=from_somewhere())


async def test_case_36_nobody_gets_more_than_three_an_hour_from_those_who_register_him(
    strict: House, clock: SettableClock
):
    kim, limit = await strict.member(), THROTTLES["register_for"].limit
    for email in (kim.person.email, new_address()):
        outcomes = [
            await outcome_of(strict.register(email, origin=from_somewhere()))
            for _ in range(limit + 1)
        ]
        assert outcomes == ["done"] * limit + ["TooMany"]
        assert len(await strict.postbox.read_letters(email)) == limit
    clock.pass_time(period("register_for"))
    await strict.register(kim.person.email, origin=from_somewhere())


async def test_nobody_sends_mails_to_others_by_changing_his_address(
    strict: House, clock: SettableClock
):
    kim, victim = await strict.member(), new_address()
    limit = THROTTLES["reset"].limit

    async def change() -> str:
        command = ChangeMail(victim, PASSWORD)
        outcome = await outcome_of(change_mail(strict.units, strict.authority, kim.actor, command))
        clock.pass_time(timedelta(minutes=6))  # how often he may enter his password is not meant
        return outcome

    assert [await change() for _ in range(limit + 1)] == ["done"] * limit + ["TooMany"]
    assert len(await strict.postbox.read_letters(victim)) == limit


async def test_where_nothing_can_be_counted_nobody_registers_or_resets(house: House):
    gone = Redis.from_url("redis://127.0.0.1:1")
    closed = house.limited(CountedAttempts(Windows(gone)))
    with pytest.raises(Unavailable):
        await closed.register(new_address())
    with pytest.raises(Unavailable):
        await request_reset(closed.units, closed.authority, RequestReset(new_address()))
    assert await house.postbox.read_owed() == []
    await gone.aclose()


async def test_how_long_to_wait_is_told(strict: House):
    email = new_address()
    for _ in range(THROTTLES["reset"].limit):
        await ask(strict, email, from_somewhere())
    with pytest.raises(TooMany) as refused:
        command = RequestReset(email, from_somewhere())
        await request_reset(strict.units, strict.authority, command)
    assert 0 < refused.value.retry_after_seconds <= 2 * THROTTLES["reset"].period_seconds
