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


def make_broker(redis_url: str) -> RedisBroker:
    """A broker that does nothing but pass messages."""
    broker: RedisBroker = RedisBroker(  # type: ignore[no-untyped-call]
        url=redis_url,
        middleware=[],
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
    )
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
        """Send both; when Redis is away the relay repeats wake-ups and listeners look anyway."""
        if wakes:
            await asyncio.to_thread(self._enqueue, wakes)
        if signals:
            await publish(self._redis, signals)

    def _enqueue(self, wakes: Sequence[Wake]) -> None:
        try:
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
        except (RedisError, BrokerConnectionError, OSError) as error:
            log.warning("wake.failed", error=str(error), count=len(wakes))


def make_outlet(redis_url: str, redis: Redis) -> DramatiqOutlet:
    """What the API, the workers and the scheduler send through."""
    return DramatiqOutlet(make_broker(redis_url), redis)
