"""Live signals: "this stream reached that number", fanned out in memory per process.

PostgreSQL holds what happened; a signal only says that it is worth looking. Whoever listens must
therefore also look from time to time, and nothing is lost when Redis is.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.shared.backoff import Backoff
from domain.shared.errors import Unavailable
from domain.shared.tasks import end_task

log = structlog.get_logger()

CHANNELS = "metamorph:live:"
RECONNECT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Signal:
    """A topic and the number it reached; the body is `topic number`."""

    topic: str
    number: int = 0


EXECUTIONS = "execution"
"""Streams of events moved; only who shows them listens."""
CANCEL_TOPIC = "cancel"
"""Somebody asked to cancel something; workers look which of theirs it concerns."""


def execution_topic(execution_id: UUID) -> str:
    """Topic of one execution's event stream."""
    return f"{EXECUTIONS}:{execution_id}"


def find_channel(topic: str) -> str:
    """Where signals of a topic are published: one channel for each kind of topics."""
    return CHANNELS + topic.partition(":")[0]


async def publish(redis: Redis, signals: Iterable[Signal]) -> None:
    """Send signals in one round trip; a Redis that is away costs latency, not data."""
    try:
        async with redis.pipeline(transaction=False) as pipe:
            for signal in signals:
                pipe.publish(find_channel(signal.topic), f"{signal.topic} {signal.number}")
            await pipe.execute()
    except (RedisError, OSError) as error:
        log.warning("live.publish_failed", error=str(error))


class LiveSignals:
    """One Redis subscription for this process, fanned out to any number of listeners.

    A listener holds an `asyncio.Event`: signals that arrive while it is busy coalesce into one.

    Args:
        redis: Where signals come from.
        kind: Of the topics that can be listened to.
    """

    def __init__(self, redis: Redis, kind: str = EXECUTIONS) -> None:
        self._redis = redis
        self._channel = find_channel(kind)
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to receive."""
        self._task = asyncio.create_task(self._receive(), name="live-signals")

    async def stop(self) -> None:
        """Stop to receive; listeners stay silent from now on."""
        task, self._task = self._task, None
        await end_task(task)

    @asynccontextmanager
    async def listen(
        self, topic: str, moved: asyncio.Event | None = None
    ) -> AsyncIterator[asyncio.Event]:
        """Yield an event, that of the caller or a new one, which is set whenever `topic` moved."""
        moved = moved or asyncio.Event()
        self._listeners[topic].add(moved)
        try:
            yield moved
        finally:
            listeners = self._listeners[topic]
            listeners.discard(moved)
            if not listeners:
                del self._listeners[topic]

    @property
    def listener_count(self) -> int:
        """How many listeners are open; zero when every client has left."""
        return sum(len(listeners) for listeners in self._listeners.values())

    async def _receive(self) -> None:
        backoff = Backoff("live", RECONNECT_SECONDS)
        while True:
            pause = RECONNECT_SECONDS
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(self._channel)
                    backoff.succeed()
                    self._wake_all()
                    async for message in pubsub.listen():
                        self._wake(message["data"])
            except (RedisError, OSError) as error:
                pause = backoff.fail(Unavailable(f"Redis is away: {error}"))
            await asyncio.sleep(pause)

    def _wake(self, body: bytes | str) -> None:
        words = body.decode() if isinstance(body, bytes) else body
        for moved in self._listeners.get(words.rpartition(" ")[0], ()):
            moved.set()

    def _wake_all(self) -> None:
        for listeners in self._listeners.values():
            for moved in listeners:
                moved.set()
