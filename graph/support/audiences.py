"""Who follows a stream of events, grouped by what is shown to them, and how they are told."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from graph.support.context import Context

log = structlog.get_logger()

BREATH = 200
"""Clients that get an event before others get a turn in this process."""


class Sink(Protocol):
    """Where what is shown to one client goes, in order."""

    async def send(self, body: bytes) -> None:
        """Send, and return when the client takes more."""
        ...

    def take(self, body: bytes) -> None:
        """Send without waiting; a client that is too slow for that is dropped."""
        ...

    def finish(self) -> None:
        """The stream has ended."""
        ...

    def fail(self, error: Exception) -> None:
        """The stream broke."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How events are shown: to all who ask for the same and may see the same.

    Attributes:
        key: The document, its variables, and what whoever asks may do.
        show: Makes a body of an event; its errors are part of that.
        context: Of somebody who asks so and is known, to read with.
    """

    key: Hashable
    show: Callable[[Any], Awaitable[bytes]]
    context: Context


@dataclass(eq=False, slots=True)
class Audience:
    """Clients to whom the same is shown."""

    manner: Manner
    followers: "set[Follower]" = field(default_factory=set)


@dataclass(eq=False, slots=True)
class Follower:
    """One client of a feed, up to date with it.

    Attributes:
        cursor: Number of the last event it got.
    """

    feed: "Gathering"
    manner: Manner
    sink: Sink
    cursor: int

    def leave(self) -> None:
        """Follow no more."""
        self.feed.leave(self)

    def change(self, manner: Manner) -> None:
        """Go on in another manner."""
        self.feed.move(self, manner)


class Gathering(Protocol):
    """What clients follow together."""

    def leave(self, follower: Follower) -> None:
        """One client less."""
        ...

    def move(self, follower: Follower, manner: Manner) -> None:
        """Show a follower the same in another manner from now on."""
        ...


async def publish(audience: Audience, number: int, event: object) -> None:
    """Show an event to an audience; if that fails, it does so for this audience alone."""
    try:
        body = await audience.manner.show(event)
    except Exception as error:  # noqa: BLE001 - the edge of an audience: its clients are told
        for follower in list(audience.followers):
            drop(follower, error)
        return
    await hand_out(audience, number, body)


async def hand_out(audience: Audience, number: int, body: bytes) -> None:
    """Give an event to all of an audience who do not have it, and let others in between."""
    for index, follower in enumerate(list(audience.followers)):
        if follower.cursor < number and follower in audience.followers:
            follower.cursor = number
            try:
                follower.sink.take(body)
            except Exception as error:  # noqa: BLE001 - the edge of a client: the others go on
                drop(follower, error)
        if index % BREATH == BREATH - 1:
            await asyncio.sleep(0)


def drop(follower: Follower, error: Exception) -> None:
    """Go on without somebody who cannot be shown or sent anything."""
    follower.leave()
    tell_end(follower, error)


def tell_end(follower: Follower, failed: Exception | None) -> None:
    """Tell somebody that nothing follows, and why if it should."""
    try:
        if failed is None:
            follower.sink.finish()
        else:
            follower.sink.fail(failed)
    except Exception as error:  # process edge: of one client, not of the others
        log.error("feed.telling_failed", exc_info=error)
