"""What leaves after a commit holds nobody up, whatever state Redis is in."""

import socket
import time
from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeout
from structlog.testing import capture_logs

from domain.shared.jobs import Wake
from domain.shared.live import Signal
from workers.broker import SEND_SECONDS, SILENCE, DramatiqOutlet, make_outlet

pytestmark = pytest.mark.contract

WAKES = [Wake("default", uuid4()), Wake("browser", uuid4())]
SIGNALS = [Signal("execution:1", 1)]
LOST_WAKES = {"event": "wake.failed", "count": 2, "log_level": "warning"}
LOST_SIGNALS = {"event": "live.publish_failed", "log_level": "warning"}
NO_REDIS_URL = "redis://127.0.0.1:1/0"


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A frozen Redis: the system accepts connections for it, and nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
async def silent(silent_url: str) -> AsyncIterator[DramatiqOutlet]:
    redis = Redis.from_url(silent_url)
    yield make_outlet(silent_url, redis)
    await redis.aclose()


async def time_sending(
    outlet: DramatiqOutlet, wakes: list[Wake], signals: list[Signal]
) -> tuple[float, list[MutableMapping[str, Any]]]:
    """Seconds it took, and what was logged, by the name of the event."""
    begin = time.monotonic()
    with capture_logs() as logs:
        await outlet.send(wakes, signals)
    return time.monotonic() - begin, sorted(logs, key=lambda line: line["event"])


async def test_a_silent_redis_costs_one_short_wait_for_both(silent: DramatiqOutlet) -> None:
    seconds, logs = await time_sending(silent, WAKES, SIGNALS)
    assert seconds < 1.5 * SEND_SECONDS
    signals, wakes = logs
    assert wakes.pop("error")
    assert wakes == LOST_WAKES
    assert signals == LOST_SIGNALS | {"error": SILENCE}


async def test_the_thread_that_sends_is_free_again_as_soon(silent: DramatiqOutlet) -> None:
    """Threads are few: one that waits longer than its caller keeps others from theirs."""
    begin = time.monotonic()
    with pytest.raises(RedisTimeout):
        silent._enqueue(WAKES)
    assert time.monotonic() - begin < 1.5 * SEND_SECONDS


async def test_a_redis_that_is_away_costs_nothing() -> None:
    redis = Redis.from_url(NO_REDIS_URL)
    seconds, logs = await time_sending(make_outlet(NO_REDIS_URL, redis), WAKES, SIGNALS)
    await redis.aclose()
    assert seconds < SEND_SECONDS
    assert [line["event"] for line in logs] == [LOST_SIGNALS["event"], LOST_WAKES["event"]]


async def test_nothing_to_send_asks_nobody(silent: DramatiqOutlet) -> None:
    seconds, logs = await time_sending(silent, [], [])
    assert (seconds < SEND_SECONDS, logs) == (True, [])
