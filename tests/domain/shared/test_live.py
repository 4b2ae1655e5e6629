"""Signals reach those who listen for their kind, and cost nobody else anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from domain.shared.live import CANCEL_TOPIC, LiveSignals, Signal, execution_topic, publish

pytestmark = pytest.mark.integration

SECONDS = 10
STREAM = execution_topic(uuid4())


@asynccontextmanager
async def listening(live: LiveSignals) -> AsyncIterator[tuple[asyncio.Event, asyncio.Event]]:
    """Whether a stream and whether orders to cancel have moved since the subscription stands."""
    async with live.listen(STREAM) as stream, live.listen(CANCEL_TOPIC) as cancels:
        await live.start()
        await wait_for(stream)  # with the subscription everybody is woken
        stream.clear()
        cancels.clear()
        yield stream, cancels
        await live.stop()


async def wait_for(event: asyncio.Event) -> None:
    """Wait until it is set."""
    async with asyncio.timeout(SECONDS):
        await event.wait()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connection of the test's own."""
    async with Redis.from_url(redis_url) as connection:
        yield connection


async def test_whoever_listens_for_one_kind_is_not_sent_the_other(redis: Redis):
    async with listening(LiveSignals(redis, CANCEL_TOPIC)) as (stream, cancels):
        await publish(redis, [Signal(STREAM, 7), Signal(CANCEL_TOPIC)])
        await wait_for(cancels)
        assert not stream.is_set()


async def test_a_stream_that_moved_is_heard_where_streams_are_shown(redis: Redis):
    async with listening(LiveSignals(redis)) as (stream, cancels):
        await publish(redis, [Signal(CANCEL_TOPIC), Signal(STREAM, 7)])
        await wait_for(stream)
        assert not cancels.is_set()
