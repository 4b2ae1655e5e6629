"""The host: claims what is due while it has room, keeps the leases, and stops with good manners."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from domain.executions.claim import claim_due, keep_leases
from domain.executions.records import Claim, Held
from domain.shared.backoff import Backoff
from domain.shared.live import CANCEL_TOPIC, LiveSignals
from domain.shared.tasks import end_task
from domain.shared.unit_of_work import UnitsOfWork
from workers.executions.carrier import Carrier, Stop
from workers.executions.pulse import Pulse
from workers.executions.runner import Lane

log = structlog.get_logger()

IDLE_LOOK_SECONDS = 2.0
"""How often a worker looks for due work that no message announced: Redis may be away."""
AWAY_SECONDS = 0.5
WATCH_SECONDS = 0.25
"""How often leases are looked at; one that is over at two looks is given up."""


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """How long a lease lasts, how often it is extended, and how long a stop waits."""

    lease_seconds: float
    heartbeat_seconds: float
    stop_grace_seconds: float


@dataclass(slots=True)
class LaneState:
    """A lane with what runs in it. `look` is set when there may be something to claim."""

    lane: Lane
    look: asyncio.Event = field(default_factory=asyncio.Event)
    carriers: dict[UUID, Carrier] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def room(self) -> int:
        """Free slots."""
        return self.lane.slots - len(self.tasks)


class Host:
    """Carries executions of its lanes until it is stopped.

    Args:
        units: The engine's units of work.
        live: Signals of this process, for orders to cancel.
        worker: This worker's name (`describe_worker`).
        lanes: What it serves.
        times: Leases and heartbeats.
        pulse: Told of each round of each loop.
    """

    def __init__(
        self,
        units: UnitsOfWork,
        live: LiveSignals,
        worker: str,
        lanes: Sequence[Lane],
        times: LeaseTimes,
        *,
        pulse: Pulse,
    ) -> None:
        self._units = units
        self._live = live
        self._worker = worker
        self._times = times
        self._pulse = pulse
        self._lanes = {lane.queue: LaneState(lane) for lane in lanes if lane.slots > 0}
        self._claimers: list[asyncio.Task[None]] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        """Begin to claim."""
        for state in self._lanes.values():
            beat = self._pulse.expect(f"claims of {state.lane.queue}", IDLE_LOOK_SECONDS)
            self._claimers.append(asyncio.create_task(self._claim_while_room(state, beat)))
        beat = self._pulse.expect("heartbeat", self._times.heartbeat_seconds)
        self._keepers.append(asyncio.create_task(self._keep_leases(beat)))
        beat = self._pulse.expect("leases", WATCH_SECONDS)
        self._keepers.append(asyncio.create_task(self._watch_leases(beat)))

    def wake(self, queue: str) -> None:
        """Look for due work in `queue`; any number of calls before the look count as one."""
        if queue in self._lanes:
            self._lanes[queue].look.set()

    def has_room(self, queue: str) -> bool:
        """Whether a wake-up for `queue` would lead to a claim here."""
        return queue in self._lanes and self._lanes[queue].room > 0

    @property
    def carriers(self) -> list[Carrier]:
        """What runs now."""
        return [one for state in self._lanes.values() for one in state.carriers.values()]

    async def stop(self) -> None:
        """Claim nothing more, let what runs finish for a while, hand the rest back unspent."""
        self._stopping.set()  # not cancelled: a claim that was cut off would spend an attempt
        for state in self._lanes.values():
            state.look.set()
        if self._claimers:
            await asyncio.wait(self._claimers)
        tasks = [task for state in self._lanes.values() for task in state.tasks]
        if tasks:
            await asyncio.wait(tasks, timeout=self._times.stop_grace_seconds)
        for carrier in self.carriers:
            carrier.stop(Stop.STOPPING)
        if tasks:
            await asyncio.wait(tasks)
        for keeper in self._keepers:
            await end_task(keeper)

    async def _claim_while_room(self, state: LaneState, beat: Callable[[], None]) -> None:
        backoff = Backoff("claim", AWAY_SECONDS, queue=state.lane.queue)
        while not self._stopping.is_set():
            beat()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_LOOK_SECONDS):
                    await state.look.wait()
            state.look.clear()
            if state.room <= 0 or self._stopping.is_set():
                continue
            wanted, asked_at = state.room, asyncio.get_running_loop().time()
            try:
                claims = await self._claim(state.lane, wanted)
            except Exception as error:  # noqa: BLE001 - process edge: it must not be the last claim
                await self._pause(backoff.fail(error))
                state.look.set()
                continue
            backoff.succeed()
            for claim in claims:
                self._begin(state, claim, asked_at + self._times.lease_seconds)
            if len(claims) == wanted:
                state.look.set()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not when this host is to stop."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _claim(self, lane: Lane, limit: int) -> list[Claim]:
        async with self._units.begin() as uow:
            return await claim_due(
                uow,
                queue=lane.queue,
                worker=self._worker,
                lease_seconds=self._times.lease_seconds,
                limit=limit,
            )

    def _begin(self, state: LaneState, claim: Claim, held_until: float) -> None:
        carrier = Carrier(self._units, state.lane.runners, claim)
        carrier.held_until = held_until
        state.carriers[claim.id] = carrier
        task = asyncio.create_task(carrier.carry())
        state.tasks.add(task)

        def leave(done: asyncio.Task[None]) -> None:
            state.tasks.discard(done)
            state.carriers.pop(claim.id, None)
            state.look.set()
            if not done.cancelled() and (error := done.exception()) is not None:
                log.error("carrier.crashed", execution=str(claim.id), error=repr(error))

        task.add_done_callback(leave)

    async def _keep_leases(self, beat: Callable[[], None]) -> None:
        seconds = self._times.heartbeat_seconds
        backoff = Backoff("heartbeat", seconds, longest_seconds=seconds)  # a lease cannot wait
        async with self._live.listen(CANCEL_TOPIC) as asked:
            while True:
                beat()
                asked.clear()
                if carriers := self.carriers:
                    try:
                        await self._extend(carriers)
                        backoff.succeed()
                    except Exception as error:  # noqa: BLE001 - process edge: or leases are lost
                        backoff.fail(error)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(seconds):
                        await asked.wait()

    async def _extend(self, carriers: Sequence[Carrier]) -> None:
        held = [Held(one.claim.id, one.claim.attempt) for one in carriers]
        asked_at = asyncio.get_running_loop().time()
        async with self._units.begin() as uow:
            kept = await keep_leases(uow, held, lease_seconds=self._times.lease_seconds)
        for carrier in carriers:
            if carrier.claim.id not in kept:
                carrier.stop(Stop.REPLACED)
                continue
            carrier.held_until = asked_at + self._times.lease_seconds
            if kept[carrier.claim.id]:
                carrier.stop(Stop.CANCELED)

    async def _watch_leases(self, beat: Callable[[], None]) -> None:
        """Stop what no lease can hold any more, though the heartbeat may hang: others may carry it.

        After one look a heartbeat still gets its chance: the whole process may have been frozen.
        """
        clock = asyncio.get_running_loop().time
        late_before = set[Carrier]()
        while True:
            beat()
            late = {one for one in self.carriers if clock() > one.held_until}
            for carrier in late & late_before:
                carrier.stop(Stop.REPLACED)
            late_before = late
            await asyncio.sleep(WATCH_SECONDS)
