"""What meets on one event stream in the same moment: nothing is left, nothing lost, nobody else hurt."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, cast

import pytest

from api.graphql.bounds import Bounds
from api.graphql.event_stream import EventStream
from api.graphql.execution import Operations, Request
from api.graphql.openings import Openings
from api.graphql.serving import Serving
from api.graphql.streams import Streams
from api.graphql.watching import SignIns
from domain.shared.ids import new_id
from domain.shared.settings import Settings
from graph.support.limits import Limits
from tests.api.graphql.test_socket_moments import (
    MORE,
    SECONDS,
    TURNS,
    HeldStreams,
    give_turns,
    until,
)
from tests.api.graphql.toy import WATCH, Toy, ToyContexts, ToySignIn, make_actor, schema

pytestmark = pytest.mark.contract

SETTINGS = Settings()
NEXT, COMPLETE = b"event: next\ndata: ", b"event: complete\ndata:\n\n"
MORE_THAN_MAY_WAIT = 100
BOUNDS = replace(Bounds(), recheck_seconds=0.01, waiting_bytes=1_000, send_seconds=60.0)


class Stage:
    """One event stream, and the client who reads it."""

    def __init__(self) -> None:
        self.sign_in = ToySignIn(make_actor(WATCH))
        self.contexts = ToyContexts(SETTINGS, Toy())
        self.contexts.sign_ins["mine"] = self.sign_in
        self.streams, self.sign_ins = HeldStreams(), SignIns(BOUNDS.recheck_seconds)
        self.openings = Openings(0, 0, 0)
        self.sent: list[bytes] = []
        self.has_room, self.left = asyncio.Event(), asyncio.Event()
        self.has_room.set()
        self.request_id = ""
        self.serving: asyncio.Task[None] | None = None

    async def begin(self, *, is_open: bool = True) -> None:
        """A stream that follows, or still catches up."""
        operations = Operations(schema, SETTINGS, Limits())
        context = self.contexts._build("Bearer mine")
        self.request_id = context.request_id
        prepared = await operations.prepare(Request("subscription { numbers }"), context)
        opened = ExitStack()
        opened.enter_context(self.openings.hold_for_person(new_id()))
        serving = Serving(
            operations,
            cast("Streams", self.streams),
            SETTINGS,
            self.contexts.for_socket,
            BOUNDS,
            self.openings,
            self.sign_ins,
        )
        stream = EventStream(serving, prepared, context, opened)
        self.serving = asyncio.create_task(stream({"type": "http"}, self.receive, self.send))
        await until(lambda: self.streams.sinks)
        if is_open:
            self.streams.go_on.set()
            await until(lambda: self.streams.opened)
            await give_turns(3)

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await self.has_room.wait()
        if message["type"] == "http.response.body":
            self.sent.append(message["body"])

    async def end(self) -> None:
        """Wait until the stream is over, and see that nothing of it is left."""
        assert self.serving is not None
        async with asyncio.timeout(SECONDS):
            await self.serving
        assert [one.is_closed for one in self.streams.opened] == [True] * len(self.streams.opened)
        assert (self.openings.held, self.sign_ins.count) == (0, 0)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    if stage.serving is not None:
        stage.serving.cancel()
        await asyncio.gather(stage.serving, return_exceptions=True)


def body(number: int) -> bytes:
    """An event."""
    return b'{"n":%d}' % number


async def test_everything_is_sent_in_order_and_the_end_last(stage: Stage):
    await stage.begin()
    sink = stage.streams.sinks[0]
    for number in range(20):
        sink.take(body(number))
        await give_turns(number % 3)
    sink.finish()
    await stage.end()
    expected = [NEXT + body(number) + b"\n\n" for number in range(20)]
    assert stage.sent == [*expected, COMPLETE]


async def test_what_is_sent_while_it_catches_up_waits_for_the_client(stage: Stage):
    await stage.begin(is_open=False)
    stage.has_room.clear()
    await give_turns(5)
    sending = asyncio.create_task(stage.streams.sinks[0].send(body(1)))
    await give_turns(5)
    assert not sending.done()
    stage.has_room.set()
    await sending
    assert stage.sent == [NEXT + body(1) + b"\n\n"]


@pytest.mark.parametrize("turns", [0, 1])
@pytest.mark.parametrize("is_finished", [False, True])
async def test_a_client_that_takes_too_little_is_dropped_and_not_told_that_he_has_got_all(
    stage: Stage, turns: int, is_finished: bool
):
    await stage.begin()
    stage.has_room.clear()
    for number in range(MORE_THAN_MAY_WAIT):
        stage.streams.sinks[0].take(body(number))
        await give_turns(turns)
    if is_finished:
        stage.streams.sinks[0].finish()
    stage.has_room.set()
    await stage.end()
    told = [NEXT + body(number) + b"\n\n" for number in range(MORE_THAN_MAY_WAIT)]
    assert stage.sent == told[: len(stage.sent)]
    assert len(stage.sent) < MORE_THAN_MAY_WAIT


@pytest.mark.parametrize("turns", TURNS)
async def test_an_event_in_the_moment_the_client_leaves_leaves_nothing(stage: Stage, turns: int):
    await stage.begin()
    stage.left.set()
    await give_turns(turns)
    stage.streams.sinks[0].take(body(1))
    await stage.end()


@pytest.mark.parametrize("turns", TURNS)
async def test_a_client_that_leaves_while_he_catches_up_leaves_nothing(stage: Stage, turns: int):
    await stage.begin(is_open=False)
    stage.left.set()
    await give_turns(turns)
    stage.streams.go_on.set()
    await stage.end()


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_sign_in_that_ends_ends_the_stream_with_the_reason(stage: Stage, is_open: bool):
    await stage.begin(is_open=is_open)
    stage.sign_in.actor = None
    await stage.end()
    assert b"UNAUTHENTICATED" in stage.sent[-2]
    assert stage.sent[-1] == COMPLETE


async def test_nothing_is_shown_after_the_refusal(stage: Stage):
    await stage.begin()
    stage.has_room.clear()
    await give_turns(5)
    assert stage.sign_in.actor is not None
    stage.sign_in.actor = replace(stage.sign_in.actor, permissions=frozenset())
    reads = stage.sign_in.reads
    await until(lambda: stage.sign_in.reads > reads + 1)
    stage.streams.sinks[0].take(body(1))
    stage.has_room.set()
    await stage.end()
    assert b"FORBIDDEN" in stage.sent[-2]
    assert body(1) not in b"".join(stage.sent)


async def test_more_permissions_while_it_catches_up_are_heeded(stage: Stage):
    await stage.begin(is_open=False)
    assert stage.sign_in.actor is not None
    more = frozenset({WATCH, MORE})
    stage.sign_in.actor = replace(stage.sign_in.actor, permissions=more)
    reads = stage.sign_in.reads
    await until(lambda: stage.sign_in.reads > reads + 2)
    stage.streams.go_on.set()
    await until(lambda: stage.streams.opened)
    await give_turns(5)
    assert stage.streams.opened[0].shown_to[-1:] == [more]


async def test_a_stream_that_breaks_is_told_with_the_id_of_its_request(stage: Stage):
    await stage.begin()
    stage.streams.sinks[0].fail(ZeroDivisionError())
    await stage.end()
    told = json.loads(stage.sent[-2].removeprefix(NEXT))["errors"][0]["extensions"]
    assert told == {"code": "INTERNAL", "requestId": stage.request_id}
    assert stage.sent[-1] == COMPLETE
