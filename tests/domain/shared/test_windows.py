"""Counting in Redis: never more than the limit in any window, whoever counts and whenever."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from domain.shared.errors import TooMany
from domain.shared.windows import SLICES, Charge, Windows
from tests.factories.accounts import SettableClock

pytestmark = pytest.mark.integration

MINUTE = 60
SLICE = MINUTE // SLICES


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connection of the test's own."""
    async with Redis.from_url(redis_url) as connection:
        yield connection


@pytest.fixture
def clock() -> SettableClock:
    """Stands at the beginning of a slice."""
    clock = SettableClock()
    clock.time = datetime(2026, 1, 1, tzinfo=UTC)
    return clock


@pytest.fixture
def windows(redis: Redis, clock: SettableClock) -> Windows:
    """On the test's clock, and patient: this machine may be busy."""
    return Windows(redis, clock=clock, patience_seconds=5)


def charge_of(limit: int = 10, amount: int = 1, key: str = "") -> Charge:
    """A charge nobody else counts."""
    return Charge(key or f"test:{uuid4().hex}", limit, MINUTE, amount)


async def refusal(windows: Windows, *charges: Charge) -> int | None:
    """Seconds to wait, or None where everything was counted."""
    try:
        await windows.take(charges)
    except TooMany as refused:
        return refused.retry_after_seconds
    return None


async def test_what_fits_is_counted_and_what_is_left_is_told(windows: Windows):
    (count,) = await windows.take([charge_of(limit=10, amount=4)])
    assert (count.used, count.remaining) == (4, 6)
    assert count.reset_seconds == MINUTE + SLICE


async def test_the_limit_is_reached_and_never_passed(windows: Windows):
    charge = charge_of(limit=3)
    assert [await refusal(windows, charge) for _ in range(3)] == [None] * 3
    assert await refusal(windows, charge) == MINUTE + SLICE


async def test_what_is_refused_is_not_counted(windows: Windows):
    charge = charge_of(limit=10, amount=6)
    await windows.take([charge])
    assert await refusal(windows, charge) is not None
    (count,) = await windows.take([charge_of(limit=10, amount=4, key=charge.key)])
    assert count.used == 10


async def test_of_several_windows_all_are_charged_or_none(windows: Windows):
    wide, narrow = charge_of(limit=10), charge_of(limit=1)
    await windows.take([wide, narrow])
    assert await refusal(windows, wide, narrow) is not None
    (count,) = await windows.take([wide])
    assert count.used == 2


async def test_an_amount_larger_than_the_limit_fills_an_empty_window(windows: Windows):
    charge = charge_of(limit=10, amount=1_000)
    (count,) = await windows.take([charge])
    assert (count.used, count.remaining) == (10, 0)
    assert await refusal(windows, charge) is not None


async def test_the_time_to_wait_is_exactly_right(windows: Windows, clock: SettableClock):
    charge = charge_of(limit=2)
    await windows.take([charge])
    clock.pass_time(timedelta(seconds=30))
    await windows.take([charge])
    wait = await refusal(windows, charge)
    assert wait == MINUTE + SLICE - 30
    clock.pass_time(timedelta(seconds=wait, milliseconds=-1))
    assert await refusal(windows, charge) is not None
    clock.pass_time(timedelta(milliseconds=1))
    assert await refusal(windows, charge) is None
    assert await refusal(windows, charge) is not None


@pytest.mark.parametrize("begins", range(0, 2 * SLICE * 1000, 250))
async def test_no_window_holds_more_than_the_limit_wherever_it_begins(
    windows: Windows, clock: SettableClock, begins: int
):
    """Filled at any moment of a slice, a window has no room until it has passed altogether."""
    clock.pass_time(timedelta(milliseconds=begins))
    charge = charge_of(limit=5, amount=5)
    await windows.take([charge])
    clock.pass_time(timedelta(seconds=MINUTE, milliseconds=-1))
    assert await refusal(windows, charge_of(limit=5, key=charge.key)) is not None
    clock.pass_time(timedelta(seconds=SLICE, milliseconds=1))
    assert await refusal(windows, charge) is None


async def test_parallel_charges_never_pass_the_limit(windows: Windows):
    charge = charge_of(limit=20)
    answers = await asyncio.gather(*(refusal(windows, charge) for _ in range(60)))
    assert answers.count(None) == 20


async def test_two_processes_share_one_count(windows: Windows, clock: SettableClock, redis_url):
    charge = charge_of(limit=20)
    async with Redis.from_url(redis_url) as other:
        elsewhere = Windows(other, clock=clock, patience_seconds=5)
        asked = [refusal(one, charge) for _ in range(15) for one in (windows, elsewhere)]
        answers = await asyncio.gather(*asked)
    assert answers.count(None) == 20


async def test_a_charge_can_be_given_back(windows: Windows, clock: SettableClock):
    charge = charge_of(limit=2)
    await windows.take([charge])
    counts = await windows.take([charge])
    clock.pass_time(timedelta(seconds=10))
    await windows.give_back(counts)
    (count,) = await windows.take([charge])
    assert count.used == 2


async def test_what_has_expired_cannot_be_given_back(windows: Windows, redis: Redis):
    counts = await windows.take([charge_of()])
    key = f"metamorph:limits:{counts[0].charge.key}"
    await redis.delete(key)
    await windows.give_back(counts)
    assert not await redis.exists(key)


async def test_nothing_stays_in_redis_for_longer_than_it_counts(windows: Windows, redis: Redis):
    (count,) = await windows.take([charge_of()])
    left = await redis.ttl(f"metamorph:limits:{count.charge.key}")
    assert MINUTE < left <= MINUTE + 2 * SLICE


async def test_a_process_that_was_busy_itself_does_not_blame_redis(
    redis: Redis, clock: SettableClock
):
    windows, charge = Windows(redis, clock=clock, patience_seconds=0.4), charge_of()
    await windows.take([charge])
    asking = asyncio.create_task(windows.take([charge]))
    await asyncio.wait({asking}, timeout=0)
    begun = time.monotonic()
    while time.monotonic() < begun + 1:
        pass  # nothing else can run meanwhile, not even whoever reads the answer
    (count,) = await asking
    assert count.used == 2


async def test_without_a_clock_redis_tells_the_time(redis: Redis):
    charge = charge_of(limit=1)
    windows = Windows(redis, patience_seconds=5)
    await windows.take([charge])
    wait = await refusal(windows, charge)
    assert wait is not None
    assert MINUTE <= wait <= MINUTE + SLICE
