"""The worker process: Dramatiq threads pass wake-ups on, one event loop carries executions."""

import asyncio
import signal
import threading
from collections.abc import Callable

import structlog
import uvloop
from dramatiq import Worker
from redis.asyncio import Redis

from domain.accounts.credentials.link_tokens import LinkTokens
from domain.elements.hot import RedisElements
from domain.mail.rules import KIND
from domain.reactions import react
from domain.shared.crypto import Sealer
from domain.shared.database import Database
from domain.shared.live import CANCEL_TOPIC, LiveSignals
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from workers.broker import IDLE_POLL_MILLISECONDS, declare_wake, make_broker, make_outlet
from workers.browser.pool import BrowserPool, PoolSettings
from workers.executions.host import Host, LeaseTimes
from workers.executions.identity import describe_worker
from workers.executions.pulse import Pulse, keep_pulse
from workers.executions.runner import Lane
from workers.mail.transport import choose_transport
from workers.runners import browser, probe
from workers.runners.mail import MailRunner

log = structlog.get_logger()

FULL_LOOK_SECONDS = 0.2
"""How often a thread that holds a wake-up looks whether the host has room again."""


def run(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; what runs then gets its grace, or is handed back."""
    uvloop.run(work(settings))


async def work(settings: Settings) -> None:
    """Build the parts, work, and take them apart in the opposite order."""
    asked = listen_for_stop()
    redis = Redis.from_url(settings.redis_url)
    outlet = make_outlet(settings.redis_url, redis)
    app = Database(settings.database_url, pool_size=settings.database_pool_size)
    engine = Database(settings.engine_database_url, pool_size=settings.database_pool_size)
    live = LiveSignals(redis, CANCEL_TOPIC)
    units = UnitsOfWork(app, outlet, react)
    async with BrowserPool(describe_pool(settings)) as pool:
        tests = browser.BrowserRunner(
            pool,
            units,
            Sealer.from_settings(settings),
            settings,
            RedisElements(redis),
        )
        lanes = [
            Lane(
                probe.QUEUE,
                settings.worker_slots,
                {probe.KIND: probe.ProbeRunner(), KIND: make_mail_runner(settings, units)},
            ),
            Lane(browser.QUEUE, settings.browser_pool_size, {browser.KIND: tests}),
        ]
        times = LeaseTimes(
            settings.lease_seconds, settings.heartbeat_seconds, settings.stop_grace_seconds
        )
        pulse = Pulse()
        host = Host(UnitsOfWork(engine, outlet), live, describe_worker(), lanes, times, pulse=pulse)
        await live.start()
        await host.start()
        stopping = threading.Event()
        wake = pass_wakes_to(host, asyncio.get_running_loop(), stopping)
        consumers = [
            make_consumer(settings, lane.queue, wake, threads)
            for lane, threads in zip(lanes, (settings.worker_threads, 1), strict=True)
            if lane.slots > 0
        ]
        for consumer in consumers:
            consumer.start()
        async with keep_pulse(pulse, settings.pulse_file):
            log.info("worker.ready")
            await asked.wait()
        log.info("worker.stopping", running=len(host.carriers))
        stopping.set()
        await asyncio.gather(host.stop(), *(asyncio.to_thread(one.stop, 2000) for one in consumers))
    await live.stop()
    await redis.aclose()
    await app.close()
    await engine.close()
    log.info("worker.stopped")


def make_mail_runner(settings: Settings, units: UnitsOfWork) -> MailRunner:
    """What sends mails."""
    tokens = LinkTokens.from_directory(settings.keys_dir)
    return MailRunner(units, tokens, settings, choose_transport(settings))


def make_consumer(
    settings: Settings, queue: str, wake: Callable[[str], None], threads: int
) -> Worker:
    """Dramatiq threads for one queue, so that one that is full keeps no other queue waiting."""
    broker = make_broker(settings.redis_url)
    declare_wake(broker, wake)
    return Worker(
        broker, queues={queue}, worker_timeout=IDLE_POLL_MILLISECONDS, worker_threads=threads
    )


def describe_pool(settings: Settings) -> PoolSettings:
    """The pool's settings out of the installation's."""
    return PoolSettings(
        size=settings.browser_pool_size,
        spares=1 if settings.browser_pool_size else 0,
        max_runs=settings.browser_max_runs,
        grace_s=settings.kill_grace_seconds,
        chromium=settings.chromium,
    )


def pass_wakes_to(
    host: Host, loop: asyncio.AbstractEventLoop, stopping: threading.Event
) -> Callable[[str], None]:
    """What a Dramatiq thread does with a wake-up.

    While this worker is full the thread keeps the message, so that later ones stay in Redis for
    workers that have room.
    """

    def wake(queue: str) -> None:
        while not host.has_room(queue):
            if stopping.wait(FULL_LOOK_SECONDS):
                return
        loop.call_soon_threadsafe(host.wake, queue)

    return wake


def listen_for_stop() -> asyncio.Event:
    """An event that the first SIGTERM or SIGINT sets; called before there is anything to stop."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    return asked
