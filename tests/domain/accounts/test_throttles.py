"""What else may be asked for only so often: mails, new accounts, codes, invitations."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from domain.accounts.attempts import THROTTLES, CountedAttempts, Kind
from domain.shared.errors import TooMany, Unavailable
from domain.shared.windows import SLICES, Windows
from tests.factories.accounts import SettableClock

pytestmark = pytest.mark.integration


@pytest.fixture
async def attempts(redis_url: str, clock: SettableClock) -> AsyncIterator[CountedAttempts]:
    """Counted on the test's clock."""
    async with Redis.from_url(redis_url) as redis:
        yield CountedAttempts(Windows(redis, clock=clock, patience_seconds=5))


async def uses(attempts: CountedAttempts, kind: Kind, key: str) -> int:
    """How often it may be used before it is refused."""
    for number in range(1_000):
        try:
            await attempts.throttle(kind, key)
        except TooMany:
            return number
    raise AssertionError(f"{kind} is not limited")


@pytest.mark.parametrize(
    ("kind", "limit", "period"),
    [
        ("reset", 3, timedelta(hours=1)),
        ("reset_from", 20, timedelta(hours=1)),
        ("register", 10, timedelta(hours=1)),
        ("otp", 5, timedelta(minutes=5)),
        ("invite", 100, timedelta(days=1)),
        ("invite_by", 50, timedelta(days=1)),
        ("invite_for", 10, timedelta(days=1)),
    ],
)
async def test_each_kind_has_its_limit_and_its_period(
    attempts: CountedAttempts, clock: SettableClock, kind: Kind, limit: int, period: timedelta
):
    key = uuid4().hex
    assert await uses(attempts, kind, key) == limit
    assert await uses(attempts, kind, uuid4().hex) == limit
    clock.pass_time(period - timedelta(seconds=1))
    assert await uses(attempts, kind, key) == 0
    clock.pass_time(period / SLICES + timedelta(seconds=1))
    assert await uses(attempts, kind, key) == limit


async def test_kinds_are_counted_apart(attempts: CountedAttempts):
    key = uuid4().hex
    assert [await uses(attempts, kind, key) for kind in THROTTLES] == [
        rule.limit for rule in THROTTLES.values()
    ]


async def test_an_address_of_mail_is_one_in_any_spelling(attempts: CountedAttempts):
    name = uuid4().hex
    assert await uses(attempts, "reset", f"{name}@example.test") == 3
    assert await uses(attempts, "reset", f" {name.upper()}@Example.test ") == 0


async def test_all_addresses_of_one_ipv6_customer_are_one(attempts: CountedAttempts):
    network = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}"
    assert await uses(attempts, "register", f"{network}::1") == 10
    assert await uses(attempts, "register", f"{network}:ffff::2") == 0


async def test_nothing_that_was_typed_is_kept_in_redis(attempts: CountedAttempts, redis_url: str):
    email = f"{uuid4().hex}@example.test"
    await attempts.throttle("reset", email)
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        keys = [key async for key in redis.scan_iter(match="metamorph:limits:*")]
    assert keys
    assert not [key for key in keys if email in key or email.partition("@")[0] in key]


async def test_what_cannot_be_counted_is_refused():
    async with Redis.from_url("unix:///nowhere/redis.sock") as away:
        with pytest.raises(Unavailable):
            await CountedAttempts(Windows(away)).throttle("reset", "kim@example.test")
