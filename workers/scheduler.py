"""The scheduler process: relays wake-ups, reaps silent leases, settles what hangs, tidies up.

Any number of them may run: each round takes rows with SKIP LOCKED or compare-and-set, so that two
schedulers share the work and never do it twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import structlog
import uvloop
from redis.asyncio import Redis

from domain.accounts.forget import forget_proofs, forget_sessions
from domain.accounts.workspaces.purge import purge_workspaces
from domain.audit.tell_keys import tell_changes
from domain.elements.forget import forget_old
from domain.evidence.delete import sweep as sweep_files
from domain.evidence.storage import EvidenceStorage
from domain.executions import sweep
from domain.executions.remove import remove_executions
from domain.mail.forget import forget_mails
from domain.shared.backoff import Backoff
from domain.shared.database import Database
from domain.shared.settings import Settings
from domain.shared.tasks import end_task
from domain.shared.unit_of_work import UnitsOfWork
from workers.broker import make_outlet
from workers.executions.identity import describe_machine, is_dead
from workers.executions.pulse import Pulse, keep_pulse
from workers.main import listen_for_stop

log = structlog.get_logger()

RELAY_SECONDS = 0.25
REAP_SECONDS = 1.0
SETTLE_SECONDS = 5.0
FORGET_SECONDS = 600.0
TIDY_SECONDS = 3600.0
KEYS_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do again and again."""

    name: str
    every_seconds: float
    act: Callable[[], Awaitable[None]]


def run(settings: Settings) -> None:
    """Do all duties until SIGTERM or SIGINT."""
    uvloop.run(schedule(settings))


async def schedule(settings: Settings) -> None:
    """Build the parts, do the duties side by side, take the parts apart."""
    asked = listen_for_stop()
    redis = Redis.from_url(settings.redis_url)
    engine = Database(settings.engine_database_url, pool_size=4)
    app = Database(settings.database_url, pool_size=2)
    outlet = make_outlet(settings.redis_url, redis)
    duties = [
        *list_engine_duties(UnitsOfWork(engine, outlet)),
        *list_tidy_duties(UnitsOfWork(app, outlet), EvidenceStorage(settings.evidence_dir)),
        watch_keys(UnitsOfWork(app, outlet), settings.keys_dir),
    ]
    pulse = Pulse()
    beats = [pulse.expect(duty.name, duty.every_seconds) for duty in duties]
    loops = [
        asyncio.create_task(repeat(duty, beat), name=duty.name)
        for duty, beat in zip(duties, beats, strict=True)
    ]
    async with keep_pulse(pulse, settings.pulse_file):
        log.info("scheduler.ready")
        await asked.wait()
    await asyncio.gather(*(end_task(loop) for loop in loops))
    await redis.aclose()
    await engine.close()
    await app.close()
    log.info("scheduler.stopped")


def list_engine_duties(units: UnitsOfWork) -> list[Duty]:
    """What keeps executions going, under the engine's role."""

    async def relay() -> None:
        async with units.begin() as uow:
            await sweep.relay_wakes(uow)

    async def reap() -> None:
        await reap_lost(units)

    async def settle() -> None:
        async with units.begin() as uow:
            if hanging := await sweep.settle_hanging(uow):
                log.warning("settle.found", parents=hanging)

    async def forget() -> None:
        async with units.begin() as uow:
            await sweep.forget_settled(uow)

    return [
        Duty("relay", RELAY_SECONDS, relay),
        Duty("reap", REAP_SECONDS, reap),
        Duty("settle", SETTLE_SECONDS, settle),
        Duty("forget", FORGET_SECONDS, forget),
    ]


def watch_keys(units: UnitsOfWork, directory: Path) -> Duty:
    """What tells the audit log of keys that were changed where no database was at hand."""

    async def tell() -> None:
        await tell_changes(units, directory)

    return Duty("keys", KEYS_SECONDS, tell)


def list_tidy_duties(units: UnitsOfWork, storage: EvidenceStorage) -> list[Duty]:
    """What removes the remains of the rest, under the application's role."""

    async def sweep_evidence() -> None:
        for workspace_id in await storage.list_workspaces():
            await sweep_files(units, storage, workspace_id)

    async def forget_expired() -> None:
        async with units.begin() as uow:
            await forget_sessions(uow)
            await forget_proofs(uow)

    async def forget_old_mails() -> None:
        async with units.begin() as uow:
            await forget_mails(uow)

    async def forget_elements() -> None:
        if forgotten := await forget_old(units):
            log.info("elements.forgotten", rows=forgotten)

    async def empty(workspace_id: UUID) -> None:
        await remove_executions(units, workspace_id)
        await storage.remove_workspace(workspace_id)

    async def purge() -> None:
        if purged := await purge_workspaces(units, empty):
            log.info("workspaces.purged", workspaces=purged)

    return [
        Duty("workspaces", TIDY_SECONDS, purge),
        Duty("evidence", TIDY_SECONDS, sweep_evidence),
        Duty("sessions", TIDY_SECONDS, forget_expired),
        Duty("mails", TIDY_SECONDS, forget_old_mails),
        Duty("elements", TIDY_SECONDS, forget_elements),
    ]


async def reap_lost(units: UnitsOfWork) -> None:
    """End attempts whose lease ran out, or whose worker on this machine is dead for certain."""
    async with units.begin() as uow:
        machine = describe_machine()
        holders = await sweep.find_holders(uow, f"{machine}/") if machine else []
        dead = frozenset(worker for worker in holders if is_dead(worker))
        lost = await sweep.find_lost(uow, dead)
    for one in lost:
        async with units.begin() as uow:
            moved = await sweep.reap(uow, one, dead)
        if moved is not None:
            log.warning("execution.lost", execution=str(one.id), now=moved.status.value)


async def repeat(duty: Duty, beat: Callable[[], None]) -> None:
    """Do a duty for ever: neither a store that is away nor a mistake of one round ends it."""
    backoff = Backoff("duty", duty.every_seconds, duty=duty.name)
    while True:
        pause = duty.every_seconds
        try:
            await duty.act()
        except Exception as error:  # noqa: BLE001 - process edge: the other duties go on
            pause = max(pause, backoff.fail(error))
        else:
            backoff.succeed()
        beat()
        await asyncio.sleep(pause)
