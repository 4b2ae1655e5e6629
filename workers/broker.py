"""Dramatiq on Redis: wake-ups out, wake-ups in.

Only wake-ups travel here. Retries, delays, results and time limits live in PostgreSQL, so none of
Dramatiq's middleware for them is installed, and losing all of Redis loses nothing but time.
"""

import asyncio
from collections.abc import Callable, Sequence

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerConnectionError
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.shared.jobs import Wake
from domain.shared.live import Signal, publish

log = structlog.get_logger()

ACTOR = "wake"
QUEUES = ("default", "browser")
IDLE_POLL_MILLISECONDS = 50
"""How long a consumer waits between looks at an empty queue: bounds the pickup latency."""
SOCKET_TIMEOUT_SECONDS = 5
SEND_SECONDS = 2
"""How long somebody whose transaction has committed waits for a Redis that does not answer."""
SILENCE = f"no answer within {SEND_SECONDS} s"


def make_broker(redis_url: str, socket_seconds: float = SOCKET_TIMEOUT_SECONDS) -> RedisBroker:
    """A broker that does nothing but pass messages.

    The client is made here, because Dramatiq drops socket options that come beside a URL.
    """
    client = BlockingRedis.from_url(
        redis_url, socket_timeout=socket_seconds, socket_connect_timeout=socket_seconds
    )
    broker: RedisBroker = RedisBroker(client=client, middleware=[])  # type: ignore[no-untyped-call]
    for queue in QUEUES:
        broker.declare_queue(queue)
    return broker


def declare_wake(broker: RedisBroker, wake: Callable[[str], None]) -> None:
    """Let every wake-up that arrives call `wake(queue)` in a Dramatiq thread."""
    for queue in QUEUES:
        declare = dramatiq.actor(actor_name=f"{ACTOR}-{queue}", queue_name=queue, broker=broker)
        declare(receive_for(queue, wake))


def receive_for(queue: str, wake: Callable[[str], None]) -> Callable[[str], None]:
    """The actor of one queue. Whoever is woken takes what is due longest, whatever the message."""

    def receive(execution_id: str) -> None:
        del execution_id
        wake(queue)

    return receive


class DramatiqOutlet:
    """Sends wake-ups through Dramatiq and signals through Redis, after a commit.

    Args:
        broker: From `make_broker`.
        redis: For signals.
    """

    def __init__(self, broker: RedisBroker, redis: Redis) -> None:
        self._broker = broker
        self._redis = redis

    async def send(self, wakes: Sequence[Wake], signals: Sequence[Signal]) -> None:
        """Send both at once; give up on a Redis that is away or silent for `SEND_SECONDS`.

        The relay repeats wake-ups, and listeners look anyway.
        """
        if wakes and signals:
            await asyncio.gather(self._send_wakes(wakes), self._send_signals(signals))
        elif wakes:
            await self._send_wakes(wakes)
        elif signals:
            await self._send_signals(signals)

    async def _send_wakes(self, wakes: Sequence[Wake]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await asyncio.to_thread(self._enqueue, wakes)
        except (RedisError, BrokerConnectionError, OSError) as error:
            log.warning("wake.failed", error=str(error) or SILENCE, count=len(wakes))

    async def _send_signals(self, signals: Sequence[Signal]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await publish(self._redis, signals)
        except TimeoutError:
            log.warning("live.publish_failed", error=SILENCE)

    def _enqueue(self, wakes: Sequence[Wake]) -> None:
        for one in wakes:
            self._broker.enqueue(
                dramatiq.Message(
                    queue_name=one.queue,
                    actor_name=f"{ACTOR}-{one.queue}",
                    args=(str(one.execution_id),),
                    kwargs={},
                    options={},
                )
            )


def make_outlet(redis_url: str, redis: Redis) -> DramatiqOutlet:
    """What the API, the workers and the scheduler send through."""
    return DramatiqOutlet(make_broker(redis_url, SEND_SECONDS), redis)
