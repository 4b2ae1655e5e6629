"""A host goes on claiming and extending leases whatever one attempt at it comes to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from domain.executions.records import AttemptEnd, Claim, Held, NewEvent
from domain.executions.states import AttemptOutcome
from domain.shared.backoff import LONGEST_SECONDS
from domain.shared.errors import Unavailable
from tests.workers.executions.clocks import HandClock
from workers.executions.host import Host, LeaseTimes
from workers.executions.progress import Progress
from workers.executions.pulse import ROUND_SECONDS, Pulse
from workers.executions.runner import Lane, Report

pytestmark = pytest.mark.unit

SECONDS = 10
LONG_SECONDS = 3600.0
SHORT_SECONDS = 0.3


class Nowhere:
    """Units of work and signals of a host that only the tested functions use."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        yield None

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[asyncio.Event]:
        yield asyncio.Event()


class HeldRunner:
    """Runs until it is released, or stopped."""

    overtime_seconds = 0.0

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.stopped = asyncio.Event()

    async def run(self, claim: Claim, report: Report) -> AttemptEnd:
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.stopped.set()
            raise
        return AttemptEnd(AttemptOutcome.SUCCEEDED)


class Verbs:
    """The engine's verbs as a host calls them: they wait while there is no answer, raise their
    failures first, and succeed when nothing is away.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failing_claims: list[Exception] = []
        self.failing_heartbeats: list[Exception] = []
        self.failing_ends: list[Exception] = []
        self.due: list[Claim] = []
        self.claims = 0
        self.extended: list[list[Held]] = []
        self.finished: list[AttemptEnd] = []
        self.moved, self.answering = asyncio.Event(), asyncio.Event()
        self.answering.set()
        self.away = False
        for name in ("host.claim_due", "host.keep_leases", "carrier.finish_attempt"):
            monkeypatch.setattr(f"workers.executions.{name}", getattr(self, name.split(".")[1]))

    async def claim_due(self, *_: object, **__: object) -> list[Claim]:
        self.claims += 1
        await self._answer(self.failing_claims)
        claimed, self.due = self.due, []
        return claimed

    async def keep_leases(self, _: object, held: list[Held], **__: object) -> dict[object, bool]:
        self.extended.append(held)
        await self._answer(self.failing_heartbeats)
        return {one.id: False for one in held}

    async def finish_attempt(self, _: object, claim: Claim, end: AttemptEnd) -> Claim:
        await self._answer(self.failing_ends)
        self.finished.append(end)
        self.moved.set()
        return claim

    async def _answer(self, failures: list[Exception]) -> None:
        self.moved.set()
        await self.answering.wait()
        if self.away:
            raise Unavailable("away")
        if failures:
            raise failures.pop(0)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for calls until something holds."""
        async with asyncio.timeout(SECONDS):
            while not holds():
                self.moved.clear()
                await self.moved.wait()


@pytest.fixture
def verbs(monkeypatch: pytest.MonkeyPatch) -> Verbs:
    monkeypatch.setattr("workers.executions.host.WATCH_SECONDS", 0)
    return Verbs(monkeypatch)


def make_claim(kind: str = "held") -> Claim:
    ids = {"id": uuid4(), "workspace_id": uuid4(), "subject_id": None, "parent_id": None}
    counts = {"attempt": 1, "failures": 0, "losses": 0, "max_attempts": 1, "seq": 1}
    words = {"kind": kind, "queue": "default", "title": "Held", "input": {}, "created_by": None}
    return Claim(**ids, **counts, **words, timeout_seconds=LONG_SECONDS)


@asynccontextmanager
async def running(
    runner: HeldRunner, *, lease: float = LONG_SECONDS, heartbeat: float = 0.01, pulse: Pulse
) -> AsyncIterator[Host]:
    lane = Lane("default", 2, {"held": runner})
    nowhere, times = Nowhere(), LeaseTimes(lease, heartbeat, SECONDS)
    host = Host(nowhere, nowhere, "worker", [lane], times, pulse=pulse)  # type: ignore[arg-type]
    await host.start()
    try:
        yield host
    finally:
        runner.released.set()
        await host.stop()


@pytest.mark.parametrize("error", [RuntimeError("nobody thought of this"), Unavailable("away")])
async def test_a_claim_that_fails_for_any_reason_is_tried_again_soon(
    verbs: Verbs, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    monkeypatch.setattr("workers.executions.host.IDLE_LOOK_SECONDS", LONG_SECONDS)
    monkeypatch.setattr("workers.executions.host.AWAY_SECONDS", 0)
    claim, runner = make_claim(), HeldRunner()
    verbs.failing_claims, verbs.due = [error], [claim]
    async with running(runner, heartbeat=LONG_SECONDS, pulse=Pulse()) as host:
        host.wake("default")
        await verbs.until(lambda: verbs.claims == 2)
        assert [one.claim for one in host.carriers] == [claim]


async def test_a_host_whose_claims_fail_asks_ever_more_seldom(
    verbs: Verbs, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("workers.executions.host.IDLE_LOOK_SECONDS", LONG_SECONDS)
    monkeypatch.setattr("workers.executions.host.AWAY_SECONDS", 0.01)
    verbs.failing_claims = [Unavailable("away") for _ in range(4)]
    with capture_logs() as lines:
        async with running(HeldRunner(), heartbeat=LONG_SECONDS, pulse=Pulse()) as host:
            host.wake("default")
            await verbs.until(lambda: verbs.claims == 5)
    told = [(line["event"], line.get("pause")) for line in lines]
    waits = [("claim.waits", pause) for pause in (0.01, 0.02, 0.04, 0.08)]
    assert told == [*waits, ("claim.back", None)]


async def test_a_host_that_pauses_stops_at_once(verbs: Verbs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("workers.executions.host.AWAY_SECONDS", LONGEST_SECONDS)
    verbs.away = True
    async with running(HeldRunner(), heartbeat=LONG_SECONDS, pulse=Pulse()) as host:
        host.wake("default")
        await verbs.until(lambda: verbs.claims)
        stopped_at = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - stopped_at < LONGEST_SECONDS / 2


async def test_after_a_heartbeat_that_fails_the_next_one_extends_the_lease(verbs: Verbs):
    claim, runner = make_claim(), HeldRunner()
    verbs.due = [claim]
    async with running(runner, pulse=Pulse()) as host:
        host.wake("default")
        await verbs.until(lambda: verbs.extended)
        verbs.extended.clear()
        with capture_logs() as lines:
            verbs.failing_heartbeats = [RuntimeError("nobody thought of this")]
            await verbs.until(lambda: len(verbs.extended) == 2)
        assert verbs.extended == [[Held(claim.id, claim.attempt)]] * 2
        assert [line["event"] for line in lines] == ["heartbeat.crashed", "heartbeat.back"]
        assert not runner.stopped.is_set()


@pytest.mark.parametrize("hangs", [False, True], ids=["refused", "never answered"])
async def test_work_whose_lease_can_hold_no_more_is_stopped_and_writes_nothing(
    verbs: Verbs, *, hangs: bool
):
    runner = HeldRunner()
    verbs.due = [make_claim()]
    async with running(runner, lease=SHORT_SECONDS, pulse=Pulse()) as host:
        host.wake("default")
        await verbs.until(lambda: verbs.extended)
        verbs.away = True
        if hangs:
            verbs.answering.clear()
        try:
            async with asyncio.timeout(SECONDS):
                await runner.stopped.wait()
        finally:
            verbs.answering.set()
    assert verbs.finished == [], "others may carry it already"


async def test_work_whose_lease_is_extended_outlives_its_first_lease(verbs: Verbs):
    clock, runner = asyncio.get_running_loop().time, HeldRunner()
    verbs.due = [make_claim()]
    async with running(runner, lease=SHORT_SECONDS, pulse=Pulse()) as host:
        host.wake("default")
        await verbs.until(lambda: verbs.extended)
        enough = clock() + 2 * SHORT_SECONDS
        await verbs.until(lambda: clock() > enough)
        assert not runner.stopped.is_set()


async def test_an_end_that_waits_for_its_store_is_told_of_once(
    verbs: Verbs, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("workers.executions.carrier.FINISH_RETRY_SECONDS", 0)
    runner = HeldRunner()
    verbs.due, verbs.failing_ends = [make_claim()], [Unavailable("away") for _ in range(5)]
    runner.released.set()
    with capture_logs() as lines:
        async with running(runner, heartbeat=LONG_SECONDS, pulse=Pulse()) as host:
            host.wake("default")
            await verbs.until(lambda: verbs.finished)
    assert [line["event"] for line in lines] == ["finish.waits"]
    assert [end.outcome for end in verbs.finished] == [AttemptOutcome.SUCCEEDED]


async def test_progress_that_waits_for_its_store_is_told_of_once(monkeypatch: pytest.MonkeyPatch):
    failures = [Unavailable("away") for _ in range(5)]
    written: list[NewEvent] = []

    async def append_events(_: object, __: Claim, events: list[NewEvent], ___: object) -> bool:
        if failures:
            raise failures.pop()
        written.extend(events)
        return True

    monkeypatch.setattr("workers.executions.progress.AWAY_SECONDS", 0)
    monkeypatch.setattr("workers.executions.progress.append_events", append_events)
    progress = Progress(Nowhere(), make_claim(), lambda: None)  # type: ignore[arg-type]
    event = NewEvent("step.started", {})
    with capture_logs() as lines:
        progress.report(event)
        await progress.flush()
    assert written == [event]
    assert [line["event"] for line in lines] == ["progress.waits"]


async def test_what_no_runner_here_knows_fails_and_the_next_is_carried(verbs: Verbs):
    stranger, known = make_claim("of a newer version"), make_claim()
    verbs.due = [stranger, known]
    runner = HeldRunner()
    async with running(runner, pulse=Pulse()) as host:
        host.wake("default")
        await verbs.until(lambda: verbs.finished)
        assert [end.error_code for end in verbs.finished] == ["INTERNAL"]
        assert known in [one.claim for one in host.carriers]


async def test_stores_that_are_away_for_long_leave_the_pulse_alive(
    verbs: Verbs, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("workers.executions.host.AWAY_SECONDS", 0)
    clock, runner = HandClock(), HeldRunner()
    pulse = Pulse(clock)
    verbs.due = [make_claim()]
    async with running(runner, pulse=pulse) as host:
        host.wake("default")
        await verbs.until(lambda: verbs.extended)
        verbs.away = True
        host.wake("default")
        with capture_logs() as lines:
            for _ in range(3):
                clock.pass_time(ROUND_SECONDS / 2)
                claims, extended = verbs.claims, len(verbs.extended)
                await verbs.until(lambda n=claims + 2: verbs.claims >= n)
                await verbs.until(lambda n=extended + 2: len(verbs.extended) >= n)
        verbs.away = False
        assert pulse.find_still() == {}
    assert {(line["event"], line["log_level"]) for line in lines} == {
        ("claim.waits", "warning"),
        ("heartbeat.waits", "warning"),
    }


async def test_a_claim_and_a_heartbeat_that_hang_are_named(verbs: Verbs):
    clock, runner = HandClock(), HeldRunner()
    pulse = Pulse(clock)
    verbs.due = [make_claim()]
    async with running(runner, pulse=pulse) as host:
        host.wake("default")
        await verbs.until(lambda: verbs.extended)
        verbs.answering.clear()
        claims, extended = verbs.claims, len(verbs.extended)
        host.wake("default")
        await verbs.until(lambda: verbs.claims > claims and len(verbs.extended) > extended)
        clock.pass_time(2 * ROUND_SECONDS)
        async with asyncio.timeout(SECONDS):
            while "leases" in pulse.find_still():  # which only needs its next look
                await asyncio.sleep(0)
        named = pulse.find_still().keys()
        verbs.answering.set()
    assert named == {"claims of default", "heartbeat"}
