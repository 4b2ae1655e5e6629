"""Copies of remembered elements in Redis: never wrong, never somebody else's, never needed."""

from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from domain.elements.hot import KEPT_SECONDS, RedisElements, Version
from domain.shared.ids import new_id

pytestmark = pytest.mark.integration

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
HERE = new_id()


def version(number: int = 1, made_at: datetime = MOMENT) -> Version:
    return Version(new_id(), number, made_at)


@pytest.fixture
async def redis(redis_url: str):
    redis = Redis.from_url(redis_url)
    yield redis
    await redis.aclose()


async def test_what_was_kept_is_there_for_the_next_who_asks(redis: Redis):
    first, second = version(), version(7)
    hot = RedisElements(redis)
    await hot.keep(HERE, {first: {"said": "é"}, second: {"said": ""}})
    assert await hot.get(HERE, [second, version(), first]) == {
        first: {"said": "é"},
        second: {"said": ""},
    }


async def test_another_workspace_sees_nothing_of_it(redis: Redis):
    one, hot = version(), RedisElements(redis)
    await hot.keep(HERE, {one: {"said": "mine"}})
    assert await hot.get(new_id(), [one]) == {}


@pytest.mark.parametrize("what", ["number", "moment"])
async def test_another_version_is_another_copy(redis: Redis, what: str):
    one, hot = version(), RedisElements(redis)
    await hot.keep(HERE, {one: {"said": "old"}})
    number = one.number + (what == "number")
    made_at = one.made_at + timedelta(microseconds=what == "moment")
    assert await hot.get(HERE, [Version(one.element_id, number, made_at)]) == {}


async def test_copies_are_forgotten_after_a_day(redis: Redis):
    one = version()
    await RedisElements(redis).keep(HERE, {one: {"said": ""}})
    [key] = [key async for key in redis.scan_iter(f"*{one.element_id}*")]
    assert 0 < await redis.ttl(key) <= KEPT_SECONDS


@pytest.mark.parametrize("nonsense", [b"", b"{", b"[1]", b"null", b"\xff"])
async def test_what_is_no_copy_is_not_there(redis: Redis, nonsense: bytes):
    one, hot = version(), RedisElements(redis)
    await hot.keep(HERE, {one: {"said": ""}})
    [key] = [key async for key in redis.scan_iter(f"*{one.element_id}*")]
    await redis.set(key, nonsense)
    assert await hot.get(HERE, [one]) == {}


async def test_without_redis_nothing_is_there_and_nothing_breaks():
    nowhere = Redis.from_url("redis://127.0.0.1:1")
    hot = RedisElements(nowhere)
    await hot.keep(HERE, {version(): {"said": ""}})
    assert await hot.get(HERE, [version()]) == {}
    await nowhere.aclose()


async def test_nobody_is_asked_for_nothing(redis: Redis):
    assert await RedisElements(redis).get(HERE, []) == {}
