"""Guessing passwords: whoever guesses is stopped, and nobody can stop somebody else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import update

from domain.accounts.attempts import (
    LOGIN_ADDRESS,
    LOGIN_BROWSER,
    LOGIN_PAIR,
    LOGIN_STRANGERS,
    CountedAttempts,
    LoginAttempt,
)
from domain.accounts.errors import WrongCredentials
from domain.accounts.login import KNOWN_FOR, Login, login
from domain.accounts.models import User
from domain.accounts.sessions import Authority
from domain.shared.addresses import SITE_SHARE
from domain.shared.errors import TooMany, Unavailable
from domain.shared.origin import Origin
from domain.shared.windows import Windows
from tests.factories.accounts import PASSWORD, Person, SettableClock, make_admin, units_of
from tests.fixtures.database import Databases

pytestmark = pytest.mark.integration

WRONG = "wrong horse battery staple"
WINDOW = timedelta(seconds=LOGIN_PAIR.period_seconds)
ROUNDING = timedelta(seconds=30)
"""A window may be remembered for one of its thirty slices more."""


def new_address() -> str:
    """An address of which nothing was counted yet, in an IPv6 network of its own."""
    network = uuid4().hex[:12]
    return f"2001:{network[:4]}:{network[4:8]}:{network[8:]}::1"


class Door:
    """The login of one test, from wherever the test says."""

    def __init__(self, databases: Databases, authority: Authority) -> None:
        self.databases = databases
        self.authority = authority

    async def try_in(
        self,
        email: str,
        password: str = WRONG,
        address: str = "",
        device: str = "",
        kept: str = "",
    ) -> str:
        """What became of an attempt by a client that says it is `device`, with what it `kept`."""
        command = Login(email, password, Origin.of(device, address), device_token=kept)
        try:
            await login(units_of(self.databases.app), self.authority, command)
        except WrongCredentials:
            return "wrong"
        except TooMany:
            return "too many"
        return "in"

    async def remember(self, who: Person) -> str:
        """What a browser keeps that somebody signs in with, from somewhere."""
        command = replace(who.login, origin=Origin.of("", new_address()), in_cookie=True)
        signed_in = await login(units_of(self.databases.app), self.authority, command)
        assert signed_in.device is not None
        return signed_in.device.token

    async def exhaust_strangers(self, email: str) -> None:
        """Fail as often as strangers altogether may, each as often as one may."""
        for _ in range(LOGIN_STRANGERS.limit // LOGIN_PAIR.limit):
            address = new_address()
            for _ in range(LOGIN_PAIR.limit):
                await self.try_in(email, address=address)


@pytest.fixture
async def counted(
    authority: Authority, clock: SettableClock, redis_url: str
) -> AsyncIterator[Authority]:
    """An authority that counts, on the test's clock."""
    async with Redis.from_url(redis_url) as redis:
        windows = Windows(redis, clock=clock, patience_seconds=5)
        yield replace(authority, attempts=CountedAttempts(windows))


@pytest.fixture
def door(databases: Databases, counted: Authority) -> Door:
    """The way in."""
    return Door(databases, counted)


@pytest.fixture
async def kim(databases: Databases, counted: Authority) -> Person:
    """Somebody with a password."""
    return await make_admin(databases.app, counted)


async def test_the_eleventh_guess_from_one_address_is_refused(door: Door, kim: Person):
    here = new_address()
    tried = [await door.try_in(kim.email, address=here) for _ in range(LOGIN_PAIR.limit + 1)]
    assert tried == ["wrong"] * LOGIN_PAIR.limit + ["too many"]
    assert await door.try_in(kim.email, PASSWORD, here) == "too many"


async def test_an_account_that_does_not_exist_is_limited_in_the_same_way(door: Door):
    here, nobody = new_address(), f"{uuid4().hex}@example.test"
    tried = [await door.try_in(nobody, address=here) for _ in range(LOGIN_PAIR.limit + 1)]
    assert tried == ["wrong"] * LOGIN_PAIR.limit + ["too many"]


async def test_the_refusal_says_when_to_come_back_and_means_it(
    door: Door, kim: Person, clock: SettableClock
):
    here = new_address()
    for _ in range(LOGIN_PAIR.limit):
        await door.try_in(kim.email, address=here)
    command = Login(kim.email, PASSWORD, Origin.of("", here))
    with pytest.raises(TooMany, match="minutes") as refused:
        await login(units_of(door.databases.app), door.authority, command)
    clock.pass_time(timedelta(seconds=refused.value.retry_after_seconds - 1))
    assert await door.try_in(kim.email, PASSWORD, here) == "too many"
    clock.pass_time(timedelta(seconds=1))
    assert await door.try_in(kim.email, PASSWORD, here) == "in"


async def test_spelling_the_address_of_mail_differently_wins_nothing(door: Door, kim: Person):
    here = new_address()
    spellings = (kim.email, kim.email.upper(), f"  {kim.email}")
    for number in range(LOGIN_PAIR.limit):
        assert await door.try_in(spellings[number % 3], address=here) == "wrong"
    assert await door.try_in(kim.email.title(), address=here) == "too many"


async def test_all_addresses_of_one_ipv6_customer_are_one(door: Door, kim: Person):
    network = new_address().removesuffix("1")
    for number in range(LOGIN_PAIR.limit):
        assert await door.try_in(kim.email, address=f"{network}{number + 1:x}") == "wrong"
    assert await door.try_in(kim.email, address=f"{network}ffff:1") == "too many"


async def test_many_accounts_from_one_address_are_limited_together(door: Door):
    here = new_address()
    tried = [
        await door.try_in(f"{uuid4().hex}@example.test", address=here)
        for _ in range(LOGIN_ADDRESS.limit + 1)
    ]
    assert tried == ["wrong"] * LOGIN_ADDRESS.limit + ["too many"]


async def test_who_signs_in_well_is_never_limited(door: Door, kim: Person):
    here = new_address()
    for _ in range(LOGIN_ADDRESS.limit + 5):
        assert await door.try_in(kim.email, PASSWORD, here) == "in"


async def test_a_success_forgets_the_failures_before_it(door: Door, kim: Person):
    here = new_address()
    for _ in range(2):
        for _ in range(LOGIN_PAIR.limit - 1):
            assert await door.try_in(kim.email, address=here) == "wrong"
        assert await door.try_in(kim.email, PASSWORD, here) == "in"


async def test_a_success_does_not_wipe_out_what_failed_for_other_accounts(door: Door, kim: Person):
    """Else whoever has one account could guess at all the others for ever."""
    here = new_address()
    for _ in range(LOGIN_ADDRESS.limit - 1):
        await door.try_in(f"{uuid4().hex}@example.test", address=here)
    assert await door.try_in(kim.email, PASSWORD, here) == "in"
    assert await door.try_in(f"{uuid4().hex}@example.test", address=here) == "wrong"
    assert await door.try_in(f"{uuid4().hex}@example.test", address=here) == "too many"


async def test_one_stranger_locks_nobody_out(door: Door, kim: Person):
    there = new_address()
    for _ in range(LOGIN_STRANGERS.limit):
        await door.try_in(kim.email, address=there)
    assert await door.try_in(kim.email, PASSWORD, address=new_address()) == "in"


async def test_many_strangers_lock_nobody_out_of_where_he_was_before(door: Door, kim: Person):
    home = new_address()
    assert await door.try_in(kim.email, PASSWORD, home) == "in"
    await door.exhaust_strangers(kim.email)
    assert await door.try_in(kim.email, PASSWORD, new_address()) == "too many"
    assert await door.try_in(kim.email, WRONG, home) == "wrong"
    assert await door.try_in(kim.email, PASSWORD, home) == "in"


async def test_nor_out_of_a_browser_he_signed_in_with_wherever_it_is_now(door: Door, kim: Person):
    kept, there = await door.remember(kim), new_address()
    await door.exhaust_strangers(kim.email)
    for _ in range(LOGIN_ADDRESS.limit):
        await door.try_in(f"{uuid4().hex}@example.test", address=there)
    assert await door.try_in(kim.email, PASSWORD, there) == "too many"
    assert await door.try_in(kim.email, WRONG, there, kept=kept) == "wrong"
    assert await door.try_in(kim.email, PASSWORD, there, kept=kept) == "in"


async def test_what_a_browser_kept_is_good_for_few_guesses_from_wherever(door: Door, kim: Person):
    kept = await door.remember(kim)
    tried = [
        await door.try_in(kim.email, address=new_address(), kept=kept)
        for _ in range(LOGIN_BROWSER.limit + 1)
    ]
    assert tried == ["wrong"] * LOGIN_BROWSER.limit + ["too many"]
    assert await door.try_in(kim.email, PASSWORD, new_address()) == "in"


async def test_what_a_browser_kept_of_one_account_counts_for_no_other(door: Door, kim: Person):
    lu = await make_admin(door.databases.app, door.authority)
    kept = await door.remember(lu)
    await door.exhaust_strangers(kim.email)
    assert await door.try_in(kim.email, PASSWORD, new_address(), kept=kept) == "too many"


async def test_what_browsers_kept_is_worth_nothing_after_a_new_password(
    door: Door, kim: Person, clock: SettableClock
):
    """Else whoever knew the old one could collect it a thousand times, for guesses at the new one."""
    kept = await door.remember(kim)
    clock.pass_time(timedelta(seconds=1))
    async with units_of(door.databases.app).begin() as uow:
        await uow.session.execute(
            update(User)
            .where(User.id == kim.user_id)
            .values(password_changed_at=door.authority.clock.now())
        )
    await door.exhaust_strangers(kim.email)
    assert await door.try_in(kim.email, PASSWORD, new_address(), kept=kept) == "too many"


async def test_no_name_of_a_device_tells_whether_there_is_an_account(door: Door, kim: Person):
    """Strangers who are slowed down for an account try the names of common browsers."""
    assert await door.try_in(kim.email, PASSWORD, new_address(), "Common browser") == "in"
    nobody, told = f"{uuid4().hex}@example.test", {}
    for email in (kim.email, nobody):
        await door.exhaust_strangers(email)
        told[email] = [
            await door.try_in(email, address=new_address(), device=name)
            for name in ("Common browser", "Another browser", "")
        ]
    assert told[kim.email] == told[nobody] == ["too many"] * 3


async def test_an_address_is_not_known_for_ever(door: Door, kim: Person, clock: SettableClock):
    home = new_address()
    assert await door.try_in(kim.email, PASSWORD, home) == "in"
    clock.pass_time(KNOWN_FOR + ROUNDING)
    await door.exhaust_strangers(kim.email)
    assert await door.try_in(kim.email, PASSWORD, home) == "too many"


async def test_an_address_that_only_failed_is_not_known(door: Door, kim: Person):
    there = new_address()
    await door.try_in(kim.email, address=there)
    await door.exhaust_strangers(f" {kim.email.upper()}")
    assert await door.try_in(kim.email, PASSWORD, there) == "too many"


async def test_parallel_guesses_never_pass_the_limit(door: Door, kim: Person):
    """Counted before the password is looked at: none slips through while others are hashed."""
    here = new_address()
    tried = await asyncio.gather(*(door.try_in(kim.email, address=here) for _ in range(40)))
    assert (tried.count("wrong"), tried.count("too many")) == (LOGIN_PAIR.limit, 30)


async def test_an_attempt_that_could_not_be_judged_is_not_counted(
    door: Door, kim: Person, monkeypatch: pytest.MonkeyPatch
):
    here = new_address()
    with monkeypatch.context() as broken:

        async def refuse(*_: object) -> bool:
            raise Unavailable("Too many people sign in.")

        broken.setattr(door.authority.passwords, "verify", refuse)
        for _ in range(LOGIN_PAIR.limit + 1):
            with pytest.raises(Unavailable):
                await door.try_in(kim.email, PASSWORD, here)
    assert await door.try_in(kim.email, WRONG, here) == "wrong"


async def test_without_redis_nobody_signs_in(databases: Databases, authority: Authority):
    async with Redis.from_url("unix:///nowhere/redis.sock") as away:
        closed = replace(authority, attempts=CountedAttempts(Windows(away)))
        kim = await make_admin(databases.app, closed)
        with pytest.raises(Unavailable):
            await login(units_of(databases.app), closed, kim.login)


async def test_a_whole_site_of_networks_has_no_more_than_eight_allowances(counted: Authority):
    site = new_address().split(":")[:3]
    allowed = LOGIN_ADDRESS.limit * SITE_SHARE

    async def fail(number: int) -> None:
        address = ":".join([*site, f"{number:x}", ":1"])
        await counted.attempts.begin_login(LoginAttempt(f"{number}@example.test", address))

    for number in range(allowed):
        await fail(number)
    with pytest.raises(TooMany):
        await fail(allowed)
