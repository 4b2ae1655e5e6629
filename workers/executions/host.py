"""The host: claims what is due while it has room, keeps the leases, and stops with good manners."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from domain.executions.claim import claim_due, keep_leases
from domain.executions.records import Claim, Held
from domain.shared.live import CANCEL_TOPIC, LiveSignals
from domain.shared.tasks import end_task
from domain.shared.unit_of_work import UnitsOfWork
from workers.executions.carrier import Carrier, Stop
from workers.executions.failures import report_failure
from workers.executions.pulse import Pulse
from workers.executions.runner import Lane

log = structlog.get_logger()

IDLE_LOOK_SECONDS = 2.0
"""How often a worker looks for due work that no message announced: Redis may be away."""
AWAY_SECONDS = 0.5


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
        self._loops: list[asyncio.Task[None]] = []
        self._leases_good_until = 0.0
        self._stopping = False

    async def start(self) -> None:
        """Begin to claim."""
        for state in self._lanes.values():
            beat = self._pulse.expect(f"claims of {state.lane.queue}", IDLE_LOOK_SECONDS)
            self._loops.append(asyncio.create_task(self._claim_while_room(state, beat)))
        beat = self._pulse.expect("heartbeat", self._times.heartbeat_seconds)
        self._loops.append(asyncio.create_task(self._keep_leases(beat)))

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
        *claimers, heartbeat = self._loops
        self._stopping = True  # not cancelled: a claim that was cut off would spend an attempt
        for state in self._lanes.values():
            state.look.set()
        if claimers:
            await asyncio.wait(claimers)
        tasks = [task for state in self._lanes.values() for task in state.tasks]
        if tasks:
            await asyncio.wait(tasks, timeout=self._times.stop_grace_seconds)
        for carrier in self.carriers:
            carrier.stop(Stop.STOPPING)
        if tasks:
            await asyncio.wait(tasks)
        await end_task(heartbeat)

    async def _claim_while_room(self, state: LaneState, beat: Callable[[], None]) -> None:
        while not self._stopping:
            beat()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_LOOK_SECONDS):
                    await state.look.wait()
            state.look.clear()
            if state.room <= 0 or self._stopping:
                continue
            wanted = state.room
            try:
                claims = await self._claim(state.lane, wanted)
            except Exception as error:  # noqa: BLE001 - process edge: it must not be the last claim
                report_failure("claim", error, queue=state.lane.queue)
                await asyncio.sleep(AWAY_SECONDS)
                state.look.set()
                continue
            for claim in claims:
                self._begin(state, claim)
            if len(claims) == wanted:
                state.look.set()

    async def _claim(self, lane: Lane, limit: int) -> list[Claim]:
        async with self._units.begin() as uow:
            return await claim_due(
                uow,
                queue=lane.queue,
                worker=self._worker,
                lease_seconds=self._times.lease_seconds,
                limit=limit,
            )

    def _begin(self, state: LaneState, claim: Claim) -> None:
        carrier = Carrier(self._units, state.lane.runners, claim)
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
        async with self._live.listen(CANCEL_TOPIC) as asked:
            while True:
                beat()
                asked.clear()
                await self._extend()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._times.heartbeat_seconds):
                        await asked.wait()

    async def _extend(self) -> None:
        clock = asyncio.get_running_loop().time
        carriers = self.carriers
        if not carriers:
            self._leases_good_until = clock() + self._times.lease_seconds
            return
        held = [Held(one.claim.id, one.claim.attempt) for one in carriers]
        asked_at = clock()
        try:
            async with self._units.begin() as uow:
                kept = await keep_leases(uow, held, lease_seconds=self._times.lease_seconds)
        except Exception as error:  # noqa: BLE001 - process edge: or every lease would be lost
            report_failure("heartbeat", error)
            self._stop_if_late(carriers)
            return
        self._leases_good_until = asked_at + self._times.lease_seconds
        for carrier in carriers:
            if carrier.claim.id not in kept:
                carrier.stop(Stop.REPLACED)
            elif kept[carrier.claim.id]:
                carrier.stop(Stop.CANCELED)

    def _stop_if_late(self, carriers: Sequence[Carrier]) -> None:
        """Others may carry them already, once no lease can hold any more."""
        if asyncio.get_running_loop().time() > self._leases_good_until:
            for carrier in carriers:
                carrier.stop(Stop.REPLACED)
