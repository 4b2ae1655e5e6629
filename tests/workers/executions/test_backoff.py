"""Loops whose store is away ask ever more seldom, say so seldom, and say when it is back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from redis.exceptions import ConnectionError as RedisAway
from structlog.testing import capture_logs

from domain.shared.backoff import SILENT_SECONDS, Backoff
from domain.shared.errors import Unavailable
from domain.shared.live import EXECUTIONS, LiveSignals, find_channel
from tests.workers.executions.clocks import HandClock
from workers.executions.pulse import Pulse
from workers.scheduler import Duty, repeat

pytestmark = pytest.mark.unit

SECONDS = 10
AWAY = Unavailable("away")
PAUSES = [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]


class Pauses:
    """Stands in for `asyncio.sleep`: notes how long each pause would be, and takes none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
        self.taken: list[float] = []
        own = SimpleNamespace(**{**vars(asyncio), "sleep": self._note})
        monkeypatch.setattr(f"{module}.asyncio", own)

    async def _note(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(SECONDS):
            while len(self.taken) < count:
                await asyncio.sleep(0)


class FailingRedis:
    """Refuses subscriptions until it has refused `failures` of them, then is silent."""

    def __init__(self, failures: int) -> None:
        self._failures = failures
        self.subscribed = asyncio.Event()

    @asynccontextmanager
    async def pubsub(self, **_: object) -> AsyncIterator["FailingRedis"]:
        yield self

    async def subscribe(self, channel: str) -> None:
        assert channel == find_channel(EXECUTIONS)
        if self._failures > 0:
            self._failures -= 1
            raise RedisAway("refused")

    async def listen(self) -> AsyncIterator[dict[str, bytes]]:
        self.subscribed.set()
        await asyncio.Event().wait()
        yield {}


def tell(lines: list[dict[str, object]]) -> list[tuple[object, object]]:
    return [(line["event"], line.get("pause")) for line in lines]


def test_pauses_double_up_to_a_limit_and_begin_again_after_a_success():
    backoff = Backoff("relay", 0.5)
    assert [backoff.fail(AWAY) for _ in PAUSES] == PAUSES
    backoff.succeed()
    assert backoff.fail(AWAY) == PAUSES[0]


def test_no_pause_is_longer_than_the_longest_even_the_first():
    backoff = Backoff("tidy", 3600)
    assert [backoff.fail(AWAY), backoff.fail(AWAY)] == [5.0, 5.0]


def test_a_failure_is_told_when_it_begins_slows_down_or_has_lasted_for_long():
    clock = HandClock()
    backoff = Backoff("relay", 2, clock=clock, queue="default")
    with capture_logs() as lines:
        for _ in range(13):
            clock.pass_time(SILENT_SECONDS / 10)
            backoff.fail(AWAY)
        backoff.succeed()
        backoff.succeed()
    waits = [("relay.waits", pause) for pause in (2, 4, 5.0, 5.0)]
    assert tell(lines) == [*waits, ("relay.back", None)]
    assert {line["queue"] for line in lines} == {"default"}


def test_a_failure_of_another_kind_is_told_at_once_with_its_traceback():
    backoff, mistake = Backoff("relay", 5), RuntimeError("nobody thought of this")
    with capture_logs() as lines:
        for error in (AWAY, AWAY, mistake, mistake):
            backoff.fail(error)
    assert [line["event"] for line in lines] == ["relay.waits", "relay.crashed"]
    assert lines[1]["exc_info"] is mistake


async def test_a_duty_that_fails_is_repeated_ever_more_seldom_and_then_as_often_as_before(
    monkeypatch: pytest.MonkeyPatch,
):
    failures = [AWAY] * 6

    async def act() -> None:
        if failures:
            raise failures.pop()

    pauses = Pauses(monkeypatch, "workers.scheduler")
    with capture_logs() as lines:
        loop = asyncio.create_task(repeat(Duty("relay", 0.25, act), Pulse().expect("relay", 0.25)))
        await pauses.until(8)
        loop.cancel()
    assert pauses.taken[:8] == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 0.25, 0.25]
    assert [line["event"] for line in lines] == [*["duty.waits"] * 6, "duty.back"]
    assert {line["duty"] for line in lines} == {"relay"}


async def test_a_duty_that_is_seldom_due_is_not_repeated_more_often_for_failing(
    monkeypatch: pytest.MonkeyPatch,
):
    async def act() -> None:
        raise AWAY

    pauses = Pauses(monkeypatch, "workers.scheduler")
    loop = asyncio.create_task(repeat(Duty("forget", 600, act), Pulse().expect("forget", 600)))
    await pauses.until(2)
    loop.cancel()
    assert pauses.taken[:2] == [600, 600]


async def test_live_signals_reconnect_ever_more_seldom_and_say_when_they_are_back(
    monkeypatch: pytest.MonkeyPatch,
):
    redis = FailingRedis(len(PAUSES))
    pauses = Pauses(monkeypatch, "domain.shared.live")
    live = LiveSignals(redis)  # type: ignore[arg-type]
    with capture_logs() as lines:
        await live.start()
        async with asyncio.timeout(SECONDS):
            await redis.subscribed.wait()
        await live.stop()
    assert pauses.taken == PAUSES
    assert tell(lines) == [*(("live.waits", pause) for pause in PAUSES[:5]), ("live.back", None)]
