"""Streams of numbered events that many clients follow at a time: read once, shown once for each kind
of audience, handed to everybody.

A resolver of a subscription returns a `Followed`: which stream, and where to go on. `Feeds` has one
feed for each stream that somebody follows. Whoever comes first catches up with what has happened;
once there is nothing more, the feed goes on from there for everybody. Whoever comes later catches up
alone, until he has what the feed has.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from domain.shared.backoff import Backoff
from domain.shared.errors import Unavailable
from domain.shared.live import LiveSignals
from graph.support.audiences import Audience, Follower, Manner, Sink, publish, tell_end
from graph.support.context import Context

LOOK_SECONDS = 3.0
"""How long a lost signal can delay an event."""
AWAY_SECONDS = 0.5
FRESH_SECONDS = 1.0
"""How long a page of the past is good for others who ask for the same: events never change, but
what is shown beside them is what holds now."""


class Source(Protocol):
    """A place in a stream; equal ones lead to the same events.

    Attributes:
        cursor: Number of the last event before it.
    """

    @property
    def cursor(self) -> int:
        """Number of the last event before it."""
        ...

    async def read(self, context: Context) -> "Reading":
        """The next events, at most so many at a time.

        Raises:
            NotFound: There is no such stream any more.
            Unavailable: PostgreSQL is away.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """Some events of a stream, and what comes after them.

    Attributes:
        events: What resolvers get, with their numbers, in order.
        source: The place behind all that was read, also behind what is no event for clients; never
            beyond what has happened, wherever it was read from.
        is_full: Whether there may be more already.
        is_over: Whether nothing will ever follow.
    """

    events: Sequence[tuple[int, Any]]
    source: Source
    is_full: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """What a resolver of a subscription returns.

    Attributes:
        key: Which stream it is, the workspace included: all who follow it see the same.
        topic: Of the signals that say that it moved.
        source: Where to begin.
    """

    key: Hashable
    topic: str
    source: Source

    def __aiter__(self) -> AsyncIterator[Any]:
        """Only `Feeds` follows; graphql-core wants to see that it could.

        Raises:
            TypeError: Always.
        """
        raise TypeError("Feeds.follow follows this.")


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page of the past as an audience sees it."""

    bodies: Sequence[tuple[int, bytes]]
    reading: Reading


class Feeds:
    """The feeds of this process."""

    def __init__(self) -> None:
        self._feeds: dict[Hashable, Feed] = {}

    @property
    def count(self) -> int:
        """How many streams are followed; none when every client has left."""
        return len(self._feeds)

    async def follow(self, followed: Followed, manner: Manner, sink: Sink) -> Follower | None:
        """Send what has happened since, and go on with what happens; None where it is over.

        Raises:
            DomainError: As reading the stream does.
        """
        key = followed.key
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = Feed(followed.topic, partial(self._forget, key))
        return await feed.join(followed.source, manner, sink)

    def _forget(self, key: Hashable, feed: "Feed") -> None:
        """One that ends late leaves in place what has begun meanwhile."""
        if self._feeds.get(key) is feed:
            del self._feeds[key]


class Feed:
    """One stream that is followed.

    Args:
        topic: Of the signals that say that it moved.
        forget: Called when nobody follows any more.
    """

    def __init__(self, topic: str, forget: "Callable[[Feed], object]") -> None:
        self._topic = topic
        self._forget = forget
        self._audiences: dict[Hashable, Audience] = {}
        self._pages: dict[Hashable, asyncio.Task[ShownPage]] = {}
        self._joining = 0
        self._moved = asyncio.Event()
        self._source: Source | None = None
        self._is_regrouped = False
        self._task: asyncio.Task[None] | None = None

    async def join(self, source: Source, manner: Manner, sink: Sink) -> Follower | None:
        """Catch up and stay; None where the stream is over."""
        follower = Follower(self, manner, sink, source.cursor)
        self._joining += 1
        try:
            caught_up = await self._catch_up(source, follower)
            # Nothing is waited for between the last look and this entry.
            if caught_up is None:
                return None
            # Who is beyond the end stays there, as does who got more than the place says.
            follower.cursor = max(follower.cursor, caught_up.cursor)
            return self._enter(caught_up, follower)
        finally:
            self._joining -= 1
            self._end_if_idle()

    def move(self, follower: Follower, manner: Manner) -> None:
        """Show a follower the same in another manner from now on."""
        self._take_out(follower)
        self._put_in(follower, manner)
        self._is_regrouped = True

    def leave(self, follower: Follower) -> None:
        """One client less."""
        self._take_out(follower)
        self._end_if_idle()

    async def _catch_up(self, source: Source, follower: Follower) -> Source | None:
        """Send the past, until there is no more of it than the feed has handed out."""
        while True:
            page = await self._share_page(source, follower.manner)
            for number, body in page.bodies:
                if number > follower.cursor:
                    await follower.sink.send(body)
                    follower.cursor = number
            source, reading = page.reading.source, page.reading
            if reading.is_over:
                return None
            is_up_to_date = self._source is None or source.cursor >= self._source.cursor
            if is_up_to_date and not reading.is_full:
                return source

    def _enter(self, source: Source, follower: Follower) -> Follower:
        self._put_in(follower, follower.manner)
        if self._task is None:
            self._source, live = source, follower.manner.context.live
            self._task = asyncio.create_task(self._run(source, live), name="feed")
        return follower

    def _put_in(self, follower: Follower, manner: Manner) -> None:
        audience = self._audiences.get(manner.key)
        if audience is None:
            audience = self._audiences[manner.key] = Audience(manner)
        follower.manner = audience.manner  # the others' are freed
        audience.followers.add(follower)

    def _take_out(self, follower: Follower) -> None:
        audience = self._audiences.get(follower.manner.key)
        if audience is not None:
            audience.followers.discard(follower)
            if not audience.followers:
                del self._audiences[follower.manner.key]

    def _end_if_idle(self) -> None:
        """Let the task end, which may be reading just now."""
        if not self._audiences and not self._joining:
            self._forget(self)
            self._moved.set()

    async def _share_page(self, source: Source, manner: Manner) -> ShownPage:
        """A page of the past, read and shown once for all who come at the same moment.

        What was read before the feed moved on is too old: whoever got it would have to look again.
        """
        key = (manner.key, source, self._source)
        known = self._pages.get(key)
        if known is None or (known.done() and (known.cancelled() or known.exception())):
            known = self._pages[key] = asyncio.create_task(show_page(source, manner))
            loop = asyncio.get_running_loop()
            loop.call_later(FRESH_SECONDS, self._drop_page, key, known)
        return await asyncio.shield(known)

    def _drop_page(self, key: Hashable, page: "asyncio.Task[ShownPage]") -> None:
        if self._pages.get(key) is page:
            del self._pages[key]

    async def _run(self, source: Source, live: LiveSignals) -> None:
        """Read and hand out until nobody follows, or nothing will follow."""
        failed: Exception | None = None
        try:
            await self._go_on(source, live)
        except Exception as error:  # noqa: BLE001 - the edge of a task: everybody is told
            failed = error
        self._task = self._source = None  # whoever joins meanwhile begins anew
        audiences = list(self._audiences.values())
        self._audiences.clear()
        for follower in (one for audience in audiences for one in audience.followers):
            tell_end(follower, failed)
        self._end_if_idle()

    async def _go_on(self, source: Source, live: LiveSignals) -> None:
        backoff = Backoff("feed", AWAY_SECONDS, topic=self._topic)
        async with live.listen(self._topic, self._moved):
            while self._audiences:
                self._moved.clear()
                try:
                    reading = await source.read(self._context())
                except Unavailable as error:
                    await asyncio.sleep(backoff.fail(error))
                    continue
                backoff.succeed()
                # From here on nobody enters who has not got these events already.
                self._source = source = reading.source
                for number, event in reading.events:
                    await self._publish(number, event)
                if reading.is_over:
                    return
                if not reading.is_full:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._moved.wait(), LOOK_SECONDS)

    def _context(self) -> Context:
        """To read with, on behalf of somebody who follows."""
        return next(iter(self._audiences.values())).manner.context.pinned()

    async def _publish(self, number: int, event: object) -> None:
        """Show an event to every audience, again where somebody has come over meanwhile."""
        self._is_regrouped = True
        while self._is_regrouped:
            self._is_regrouped = False
            for audience in list(self._audiences.values()):
                if any(follower.cursor < number for follower in audience.followers):
                    await publish(audience, number, event)


async def show_page(source: Source, manner: Manner) -> ShownPage:
    """Read some events and show them."""
    reading = await source.read(manner.context.pinned())
    bodies = [(number, await manner.show(event)) for number, event in reading.events]
    return ShownPage(bodies, reading)
