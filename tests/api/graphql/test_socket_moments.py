"""What meets on one socket in the same moment: whatever comes first, nothing is left and nothing lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from api.graphql.bounds import Bounds
from api.graphql.execution import Operations
from api.graphql.openings import Openings
from api.graphql.serving import Serving
from api.graphql.socket import PROTOCOL, SocketSession
from api.graphql.streams import Streams
from api.graphql.watching import SignIns
from domain.shared.settings import Settings
from graph.support.audiences import Sink
from graph.support.context import Context
from graph.support.limits import Limits
from tests.api.graphql.toy import WATCH, Toy, ToyContexts, ToySignIn, make_actor, schema

pytestmark = pytest.mark.contract

SECONDS = 5
TURNS = range(8)
MORE = "evidence.read"
SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "subscription { numbers }"}}
SETTINGS = Settings()


class Wire:
    """The other end of a socket, on which a test says what happens when."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.closed: list[int] = []
        self.is_gone = False
        self.has_room = asyncio.Event()
        self.has_room.set()
        self._said: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})

    def say(self, **message: object) -> None:
        self._said.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def leave(self) -> None:
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def receive(self) -> dict[str, object]:
        return await self._said.get()

    async def send(self, message: dict[str, Any]) -> None:
        await self.has_room.wait()
        if self.is_gone:
            raise OSError("gone")
        if message["type"] == "websocket.send":
            self.told.append(json.loads(message["text"]))
        elif message["type"] == "websocket.close":
            self.closed.append(message["code"])


class Open:
    """An operation that follows a stream."""

    def __init__(self) -> None:
        self.is_closed = False
        self.shown_to: list[frozenset[str] | None] = []

    def show_to(self, context: Context) -> None:
        self.shown_to.append(context.held_permissions)

    def close(self) -> None:
        self.is_closed = True


class HeldStreams:
    """Operations that catch up as long as a test wants."""

    def __init__(self) -> None:
        self.sinks: list[Sink] = []
        self.begun_as: list[frozenset[str] | None] = []
        self.opened: list[Open] = []
        self.go_on = asyncio.Event()
        self.breaks = False

    async def follow(self, _: object, context: Context, sink: Sink) -> Open:
        await context.actor()
        self.sinks.append(sink)
        self.begun_as.append(context.held_permissions)
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            if self.breaks:
                raise ZeroDivisionError from None
            raise
        self.opened.append(Open())
        return self.opened[-1]


class Stage:
    """One socket."""

    def __init__(self) -> None:
        toy = Toy()
        contexts = ToyContexts(SETTINGS, toy)
        bounds = replace(Bounds(), recheck_seconds=0.01)
        self.sign_in = contexts.sign_ins["mine"] = ToySignIn(make_actor(WATCH))
        self.wire, self.streams = Wire(), HeldStreams()
        self.openings, self.sign_ins = Openings(0, 0, 0), SignIns(bounds.recheck_seconds)
        serving = Serving(
            Operations(schema, SETTINGS, Limits()),
            cast("Streams", self.streams),
            SETTINGS,
            contexts.for_socket,
            bounds,
            self.openings,
            self.sign_ins,
        )
        scope = {"type": "websocket", "headers": [], "subprotocols": [PROTOCOL], "path": "/graphql"}
        socket = WebSocket(scope, self.wire.receive, self.wire.send)  # type: ignore[arg-type]
        self.session = asyncio.create_task(SocketSession(socket, serving).serve())

    async def begin(self, *, is_open: bool = True) -> None:
        """An operation that follows, or still catches up."""
        self.wire.say(type="connection_init", payload={"authorization": "Bearer mine"})
        self.wire.say(**SUBSCRIBE)
        await until(lambda: self.streams.sinks)
        if is_open:
            self.streams.go_on.set()
            await until(lambda: self.streams.opened)
            await give_turns(3)

    async def end(self) -> None:
        """Wait until the session is over, and see that nothing of it is left."""
        async with asyncio.timeout(SECONDS):
            await asyncio.wait([self.session])
        await give_turns(5)
        assert not self.session.cancelled()
        assert self.session.exception() is None
        assert [one.is_closed for one in self.streams.opened] == [True] * len(self.streams.opened)
        assert (self.openings.held, self.sign_ins.count) == (0, 0)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    stage.wire.has_room.set()
    stage.session.cancel()
    await asyncio.gather(stage.session, return_exceptions=True)


async def until(condition: Any) -> None:
    """Give others turns until something holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


async def give_turns(turns: int) -> None:
    """Let others do so many steps."""
    for _ in range(turns):
        await asyncio.sleep(0)


@pytest.mark.parametrize("turns", TURNS)
async def test_an_event_in_the_moment_the_client_leaves_leaves_nothing(stage: Stage, turns: int):
    await stage.begin()

    async def publish() -> None:
        await give_turns(turns)
        stage.wire.is_gone = True
        stage.streams.sinks[0].take(b"{}")

    stage.wire.leave()
    await publish()
    await stage.end()


@pytest.mark.parametrize("turns", TURNS)
async def test_a_client_that_leaves_in_the_moment_an_event_is_written_leaves_nothing(
    stage: Stage, turns: int
):
    await stage.begin()
    stage.wire.is_gone = True
    stage.streams.sinks[0].take(b"{}")
    await give_turns(turns)
    stage.wire.leave()
    await stage.end()


@pytest.mark.parametrize("turns", TURNS)
async def test_a_client_that_leaves_while_he_catches_up_leaves_nothing(stage: Stage, turns: int):
    await stage.begin(is_open=False)
    stage.wire.leave()
    await give_turns(turns)
    stage.streams.go_on.set()
    await stage.end()


@pytest.mark.parametrize("how", ["leaves", "is refused", "says nonsense"])
async def test_operations_that_break_while_they_are_ended_leave_nothing(stage: Stage, how: str):
    await stage.begin(is_open=False)
    stage.streams.breaks = True
    for number in range(2, 5):
        stage.wire.say(**{**SUBSCRIBE, "id": str(number)})
    await until(lambda: len(stage.streams.sinks) == 4)
    if how == "leaves":
        stage.wire.leave()
    elif how == "is refused":
        stage.sign_in.actor = None
    else:
        stage.wire.say(type="nonsense")
    await stage.end()
    assert stage.wire.closed == {"leaves": [], "is refused": [4401], "says nonsense": [4400]}[how]


async def test_a_client_that_is_gone_before_it_gets_its_pong_leaves_nothing(stage: Stage):
    await stage.begin(is_open=False)
    stage.wire.is_gone = True
    stage.wire.say(type="ping")
    stage.wire.leave()
    await stage.end()
    stage.streams.go_on.set()
    await give_turns(5)
    assert stage.streams.opened == []


@pytest.mark.parametrize("turns", TURNS)
async def test_a_bad_message_closes_with_its_code_although_events_come(stage: Stage, turns: int):
    await stage.begin()
    stage.wire.has_room.clear()
    stage.wire.say(type="nonsense")
    await give_turns(turns)
    stage.streams.sinks[0].take(b"{}")
    await give_turns(3)
    stage.streams.sinks[0].take(b"{}")
    stage.wire.has_room.set()
    await stage.end()
    assert stage.wire.closed == [4400]


async def test_nothing_is_told_after_the_end_of_a_socket(stage: Stage):
    await stage.begin()
    stage.wire.say(type="nonsense")
    await stage.end()
    told = list(stage.wire.told)
    stage.streams.sinks[0].take(b"{}")
    stage.streams.sinks[0].finish()
    await give_turns(5)
    assert stage.wire.told == told


@pytest.mark.parametrize("turns", TURNS)
async def test_an_operation_that_is_completed_while_it_catches_up_is_over(stage: Stage, turns: int):
    await stage.begin(is_open=False)
    stage.wire.say(type="complete", id="1")
    await give_turns(turns)
    stage.streams.go_on.set()
    await give_turns(10)
    assert [one.is_closed for one in stage.streams.opened] in ([], [True])
    assert [one for one in stage.wire.told if one["type"] == "complete"] == []
    stage.wire.say(**SUBSCRIBE)
    await until(lambda: len(stage.streams.sinks) == 2)
    await give_turns(5)
    stage.wire.leave()
    await stage.end()


async def test_more_permissions_while_an_operation_catches_up_are_heeded(stage: Stage):
    await stage.begin(is_open=False)
    assert stage.streams.begun_as == [frozenset({WATCH})]
    assert stage.sign_in.actor is not None
    more = frozenset({WATCH, MORE})
    stage.sign_in.actor = replace(stage.sign_in.actor, permissions=more)
    reads = stage.sign_in.reads
    await until(lambda: stage.sign_in.reads > reads + 2)
    stage.streams.go_on.set()
    await until(lambda: stage.streams.opened)
    await give_turns(5)
    assert stage.streams.opened[0].shown_to[-1:] == [more]


async def test_what_an_operation_began_with_and_lost_before_the_next_look_closes(stage: Stage):
    await stage.begin()
    before = stage.sign_in.actor
    assert before is not None
    stage.sign_in.actor = replace(before, permissions=frozenset({WATCH, MORE}))
    stage.wire.say(**{**SUBSCRIBE, "id": "2"})
    await until(lambda: len(stage.streams.opened) == 2)
    stage.sign_in.actor = before
    await stage.end()
    assert stage.wire.closed == [4403]


async def test_less_permissions_while_an_operation_catches_up_close_the_socket(stage: Stage):
    await stage.begin(is_open=False)
    assert stage.sign_in.actor is not None
    stage.sign_in.actor = replace(stage.sign_in.actor, permissions=frozenset())
    await stage.end()
    assert stage.wire.closed == [4403]


@pytest.mark.parametrize("turns", TURNS)
async def test_a_stream_that_ends_in_the_moment_it_is_completed_ends_once(stage: Stage, turns: int):
    await stage.begin()
    stage.wire.say(type="complete", id="1")
    await give_turns(turns)
    stage.streams.sinks[0].finish()
    await give_turns(10)
    assert len([one for one in stage.wire.told if one["type"] == "complete"]) <= 1
    stage.wire.say(**SUBSCRIBE)
    await until(lambda: len(stage.streams.sinks) == 2)
    await give_turns(5)
    stage.wire.leave()
    await stage.end()


@pytest.mark.parametrize("turns", TURNS)
async def test_a_stream_that_fails_in_the_moment_the_client_leaves_leaves_nothing(
    stage: Stage, turns: int
):
    await stage.begin()
    stage.wire.leave()
    await give_turns(turns)
    stage.streams.sinks[0].fail(ZeroDivisionError())
    await stage.end()
