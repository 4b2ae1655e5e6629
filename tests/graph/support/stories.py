"""A stream of numbered events in memory that can be held up, and clients who follow it."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis

from domain.shared.live import LiveSignals
from graph.support.audiences import Follower, Manner
from graph.support.context import Context
from graph.support.feeds import Feeds, Followed, Reading

TOPIC = "story"
FEED = "feed"
"""What their tasks are called."""
MOST_LOOKS = 5_000
"""Whoever looks at places so often without reading once goes round in circles."""
SECONDS = 5


class Turns:
    """Where a test lets others wait, and lets them go on one by one or all together."""

    def __init__(self) -> None:
        self.waiting = 0
        self._go_on: asyncio.Event | None = None

    def hold(self) -> None:
        """Whoever comes from now on waits."""
        self._go_on = asyncio.Event()

    def release(self) -> None:
        """Let all go on, and nobody wait any more."""
        held, self._go_on = self._go_on, None
        if held is not None:
            held.set()

    async def take(self) -> None:
        """Wait if somebody wants that."""
        if self._go_on is not None:
            self.waiting += 1
            try:
                await self._go_on.wait()
            finally:
                self.waiting -= 1


@dataclass(eq=False)
class Story:
    """What happens, in order.

    Attributes:
        page: How many events are read at a time.
        reads: After which number was read, each time.
        troubles: Raised by the next readings.
        begin_reading: Before a reading looks.
        end_reading: After it has looked.
    """

    events: list[int] = field(default_factory=list)
    is_over: bool = False
    page: int = 100
    reads: list[int] = field(default_factory=list)
    troubles: deque[Exception] = field(default_factory=deque)
    begin_reading: Turns = field(default_factory=Turns)
    end_reading: Turns = field(default_factory=Turns)
    pauses: int = 0
    looks: int = 0

    def happen(self, events: int = 1, *, end: bool = False) -> None:
        """So many events, the last of which may be the end."""
        self.events += range(len(self.events) + 1, len(self.events) + events + 1)
        self.is_over = end

    async def read(self, after: int) -> Reading:
        """What comes after a number, as it is somewhere in the middle of this."""
        self.looks = 0
        self.reads.append(after)
        await self._pause(self.begin_reading)
        if self.troubles:
            raise self.troubles.popleft()
        rest = [number for number in self.events if number > after]
        events, is_full = rest[: self.page], len(rest) > self.page
        reached = events[-1] if events else min(after, len(self.events))
        is_over = self.is_over and reached >= len(self.events)
        await self._pause(self.end_reading)
        return Reading([(one, one) for one in events], Place(self, reached), is_full, is_over)

    async def _pause(self, turns: Turns) -> None:
        await turns.take()
        await give_turns(self.pauses)


@dataclass(frozen=True)
class Place:
    """A `Source`."""

    story: Story
    number: int

    @property
    def cursor(self) -> int:
        self.story.looks += 1
        assert self.story.looks < MOST_LOOKS, "Somebody goes round in circles."
        return self.number

    async def read(self, _: Context) -> Reading:
        return await self.story.read(self.number)


@dataclass
class Reader:
    """As much of a context as feeds need."""

    live: LiveSignals

    def pinned(self) -> "Reader":
        return self


class Client:
    """A `Sink` that keeps what it gets, and may do something in the middle of it."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.ends: list[Exception | None] = []
        self.on_take: Callable[[], object] = lambda: None
        self.on_end: Callable[[], object] = lambda: None
        self.sending = Turns()
        self.follower: Follower | None = None

    @property
    def numbers(self) -> list[int]:
        return [int(body.split()[1]) for body in self.got]

    async def send(self, body: bytes) -> None:
        await self.sending.take()
        self.got.append(body)
        await asyncio.sleep(0)

    def take(self, body: bytes) -> None:
        self.got.append(body)
        self.on_take()

    def finish(self) -> None:
        self.ends.append(None)
        self.on_end()

    def fail(self, error: Exception) -> None:
        self.ends.append(error)
        self.on_end()


class Stage:
    """One story, and all who follow it."""

    def __init__(self) -> None:
        self.feeds = Feeds()
        self.live = LiveSignals(Redis())
        self.story = Story()
        self.shown: Counter[tuple[str, int]] = Counter()
        self.showing = Turns()
        self.clients: list[Client] = []

    def manner(self, name: str = "plain") -> Manner:
        """How events are shown: the name of the manner and the number."""

        async def show(event: object) -> bytes:
            self.shown[name, cast("int", event)] += 1
            await self.showing.take()
            await give_turns(self.story.pauses)
            return f"{name} {event}".encode()

        return Manner(name, show, cast("Context", Reader(self.live)))

    async def follow(
        self, after: int = 0, manner: str | Manner = "plain", client: Client | None = None
    ) -> Client:
        """Catch up, and stay if it goes on."""
        client = client or Client()
        manner = self.manner(manner) if isinstance(manner, str) else manner
        followed = Followed(TOPIC, TOPIC, Place(self.story, after))
        self.clients.append(client)
        client.follower = await self.feeds.follow(followed, manner, client)
        if client.follower is None:
            client.finish()
        return client

    def tell(self, events: int = 1, *, end: bool = False) -> None:
        """Something happens, and everybody hears of it."""
        self.story.happen(events, end=end)
        self.ring()

    def ring(self) -> None:
        """Somebody says that it is worth looking."""
        self.live._wake(f"{TOPIC} {len(self.story.events)}")

    def leave(self, client: Client) -> None:
        """The client is gone."""
        assert client.follower is not None
        client.follower.leave()
        client.follower = None

    async def close(self) -> None:
        """Everybody leaves; then nothing may be left."""
        for turns in (self.story.begin_reading, self.story.end_reading, self.showing):
            turns.release()
        for client in self.clients:
            client.sending.release()
            if client.follower is not None:
                self.leave(client)
        try:
            await until(lambda: not feeding())
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End what a test that failed has left behind."""
        tasks = [task for task in asyncio.all_tasks() if task.get_name() == FEED]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def feeding() -> int:
    """How many feeds are at work."""
    return sum(task.get_name() == FEED for task in asyncio.all_tasks())


async def until(condition: Callable[[], object]) -> None:
    """Give others turns until something holds.

    Raises:
        TimeoutError: It never did.
    """
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0)


async def give_turns(turns: int) -> None:
    """Let others do so many steps."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def end(task: "asyncio.Task[Client]") -> None:
    """Cut somebody off who is still catching up."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
