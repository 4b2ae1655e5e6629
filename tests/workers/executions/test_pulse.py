"""The pulse file of a process is good only while each of its loops goes round."""

import asyncio
import os
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from domain.shared.errors import Unavailable
from domain.shared.tasks import end_task
from tests.workers.executions.clocks import HandClock
from workers.executions.identity import describe_worker
from workers.executions.pulse import (
    ROUND_SECONDS,
    SILENT_SECONDS,
    Pulse,
    find_trouble,
    keep_pulse,
    write_pulse,
)
from workers.scheduler import Duty, repeat

pytestmark = pytest.mark.unit

SECONDS = 10
EVERY_SECONDS = 5.0
BOUND_SECONDS = 2 * EVERY_SECONDS + ROUND_SECONDS


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse"


@pytest.fixture(autouse=True)
def _renewed_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.executions.pulse.RENEW_SECONDS", 0)


async def until_trouble_is(file: Path, expected: str | None) -> None:
    async with asyncio.timeout(SECONDS):
        while find_trouble(file) != expected:
            await asyncio.sleep(0)


def test_a_loop_stands_still_when_it_missed_a_round_and_the_time_of_one(clock: HandClock):
    pulse = Pulse(clock)
    beat = pulse.expect("relay", EVERY_SECONDS)
    clock.pass_time(BOUND_SECONDS)
    assert pulse.find_still() == {}
    clock.pass_time(1)
    assert pulse.find_still() == {"relay": BOUND_SECONDS + 1}
    beat()
    assert pulse.find_still() == {}


def test_each_loop_has_its_own_period(clock: HandClock):
    pulse = Pulse(clock)
    pulse.expect("relay", 1)
    pulse.expect("tidy", 3600)
    clock.pass_time(ROUND_SECONDS + 3)
    assert list(pulse.find_still()) == ["relay"]


async def test_a_duty_that_hangs_is_named_until_it_goes_round_again(clock: HandClock, file: Path):
    begun, released = asyncio.Event(), asyncio.Event()

    async def act() -> None:
        begun.set()
        await released.wait()

    pulse = Pulse(clock)
    relay = Duty("relay", 0, act)
    loop = asyncio.create_task(repeat(relay, pulse.expect(relay.name, EVERY_SECONDS)))
    pulse.expect("reap", 2 * EVERY_SECONDS)
    async with keep_pulse(pulse, str(file)), asyncio.timeout(SECONDS):
        await begun.wait()
        await until_trouble_is(file, None)
        clock.pass_time(BOUND_SECONDS + 1)
        with capture_logs() as lines:
            await until_trouble_is(file, "standing still: relay (no round for 71 s)")
            await asyncio.sleep(0)
        assert [line["event"] for line in lines] == ["pulse.stands_still"], "said once"
        released.set()
        await until_trouble_is(file, None)
    await end_task(loop)


@pytest.mark.parametrize(
    ("error", "event"),
    [(Unavailable("away"), "duty.waits"), (RuntimeError("nobody thought of this"), "duty.crashed")],
)
async def test_a_duty_whose_store_is_away_goes_round(
    clock: HandClock, error: Exception, event: str
):
    rounds = 0
    enough = asyncio.Event()

    async def act() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 5:
            enough.set()
        clock.pass_time(BOUND_SECONDS / 2)
        raise error

    pulse = Pulse(clock)
    duty = Duty("relay", 0, act)
    with capture_logs() as lines:
        loop = asyncio.create_task(repeat(duty, pulse.expect(duty.name, EVERY_SECONDS)))
        async with asyncio.timeout(SECONDS):
            await enough.wait()
        still = pulse.find_still()
        await end_task(loop)
    assert still == {}
    assert {line["event"] for line in lines} == {event}


def test_a_file_that_nobody_renews_means_that_the_event_loop_stands_still(file: Path):
    write_pulse(file, describe_worker(), {})
    assert find_trouble(file) is None
    long_ago = time.time() - SILENT_SECONDS - 5
    os.utime(file, (long_ago, long_ago))
    assert find_trouble(file) == "the event loop stands still: no pulse for 15 s"


def test_a_file_of_a_process_that_died_says_so_at_once(file: Path):
    machine, pid, start, nonce = describe_worker().rsplit("/", 3)
    write_pulse(file, f"{machine}/{pid}/{int(start) - 1}/{nonce}", {})
    assert find_trouble(file) == f"the process that kept {file} is gone"


async def test_a_process_that_stops_takes_its_file_with_it(file: Path):
    async with keep_pulse(Pulse(), str(file)):
        await until_trouble_is(file, None)
    assert (find_trouble(file) or "").startswith(f"no process keeps {file}")
    assert list(file.parent.iterdir()) == []


async def test_a_file_that_cannot_be_written_is_complained_of(tmp_path: Path):
    with capture_logs() as lines:
        async with keep_pulse(Pulse(), str(tmp_path / "missing" / "pulse")):
            async with asyncio.timeout(SECONDS):
                while not lines:
                    await asyncio.sleep(0)
            said = [line["error"] for line in lines]
    assert set(said) == {"No such file or directory"}


async def test_without_a_file_nothing_is_kept():
    before = len(asyncio.all_tasks())
    async with keep_pulse(Pulse(), ""):
        assert len(asyncio.all_tasks()) == before
