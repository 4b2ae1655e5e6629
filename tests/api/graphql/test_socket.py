"""Security cases 18 and 20 to 29 over graphql-transport-ws."""

import asyncio
import json
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.api.graphql.server import QUICK, ToyServer, serve_toy
from tests.api.graphql.toy import SECRET_WORDS, WATCH, ToySignIn, make_actor

pytestmark = [pytest.mark.contract, pytest.mark.heavy]

ABRUPT_DISCONNECTS = 1_000
AT_ONCE = 50


async def say(socket: ClientConnection, kind: str, **more: object) -> None:
    """Send a message of the protocol."""
    await socket.send(json.dumps({"type": kind, **more}))


async def hear(socket: ClientConnection) -> dict:
    """Receive one."""
    return json.loads(await asyncio.wait_for(socket.recv(), 5))


async def follow(socket: ClientConnection, query: str, identity: str = "1") -> None:
    """Begin an operation."""
    await say(socket, "subscribe", id=identity, payload={"query": query})


async def closing_code(socket: ClientConnection) -> int | None:
    """Read until the server closes; the code it closed with."""
    try:
        async with asyncio.timeout(5):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


async def eventually(condition: Callable[[], bool]) -> bool:
    """Wait up to five seconds."""
    for _ in range(500):
        if condition():
            return True
        await asyncio.sleep(0.01)
    return False


@asynccontextmanager
async def signed_in(server: ToyServer, token: str = "good"):
    """A socket after `connection_ack`."""
    async with server.socket() as socket:
        await say(socket, "connection_init", payload={"authorization": f"Bearer {token}"})
        assert await hear(socket) == {"type": "connection_ack"}
        yield socket


async def test_a_subscription_counts_and_completes(server: ToyServer):
    async with signed_in(server) as socket:
        await follow(socket, "subscription{numbers(after:1)}")
        heard = [await hear(socket) for _ in range(3)]

    assert [one["type"] for one in heard] == ["next", "next", "complete"]
    assert [one["payload"]["data"]["numbers"] for one in heard[:2]] == [2, 3]
    assert await eventually(lambda: server.toy.open_streams == 0)


async def test_queries_and_mutations_travel_over_the_socket_too(server: ToyServer):
    async with signed_in(server) as socket:
        await follow(socket, "{hello}")
        answer, end = await hear(socket), await hear(socket)

    assert answer["payload"]["data"] == {"hello": "Hello world"}
    assert end == {"id": "1", "type": "complete"}


async def test_ping_is_answered_before_and_after_init(server: ToyServer):
    async with server.socket() as socket:
        await say(socket, "ping")
        assert await hear(socket) == {"type": "pong"}


async def test_every_event_has_loaders_of_its_own(server: ToyServer):
    async with signed_in(server) as socket:
        await follow(socket, "subscription{watched(after:7){label same:label}}")
        heard = [(await hear(socket))["payload"]["data"]["watched"] for _ in range(3)]

    assert [one["label"] for one in heard] == [f"number 7, read {n}" for n in (1, 2, 3)]
    assert all(one["label"] == one["same"] for one in heard)


async def test_case_18_a_broken_resolver_is_masked(server: ToyServer):
    async with signed_in(server) as socket:
        await follow(socket, "{broken}")
        inside = (await hear(socket))["payload"]["errors"][0]
        await hear(socket)
        await follow(socket, "subscription{failing}", "2")
        await hear(socket)
        ended = await hear(socket)

    assert ended["type"] == "error"
    for error in (inside, ended["payload"][0]):
        assert error["message"] == "Something went wrong on our side."
        assert error["extensions"]["code"] == "INTERNAL"
        assert error["extensions"]["requestId"]
        assert SECRET_WORDS not in json.dumps(error)


async def test_an_invalid_document_ends_its_operation_only(server: ToyServer):
    async with signed_in(server) as socket:
        for text in ("subscription{", "subscription{nothing}", "subscription{numbers(upto:null)}"):
            await follow(socket, text)
            refused = await hear(socket)
            assert (refused["type"], refused["id"]) == ("error", "1")
        await follow(socket, "subscription{numbers(upto:1)}")
        assert (await hear(socket))["type"] == "next"


async def test_case_20_subscribing_before_init_closes_4401(server: ToyServer):
    async with server.socket() as socket:
        await follow(socket, "subscription{numbers}")
        assert await closing_code(socket) == 4401
    assert server.toy.streams_begun == 0


async def test_case_21_a_second_init_closes_4429(server: ToyServer):
    async with signed_in(server) as socket:
        await say(socket, "connection_init")
        assert await closing_code(socket) == 4429


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer wrong"}])
async def test_an_init_without_a_valid_token_closes_4401(server: ToyServer, payload: object):
    async with server.socket() as socket:
        await say(socket, "connection_init", payload=payload)
        assert await closing_code(socket) == 4401


async def test_an_init_that_does_not_come_closes_4408():
    async with (
        serve_toy(bounds=replace(QUICK, init_seconds=0.05)) as server,
        server.socket() as socket,
    ):
        assert await closing_code(socket) == 4408


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://metamorph.example.evil"]
)
async def test_case_22_a_foreign_origin_gets_403(server: ToyServer, origin: str):
    with pytest.raises(InvalidStatus) as refused:
        async with server.socket(origin=origin):
            pass

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", ["https://metamorph.example", "https://app.example", None])
async def test_case_22_known_origins_and_programs_may_connect(
    server: ToyServer, origin: str | None
):
    async with server.socket(origin=origin) as socket:
        await say(socket, "connection_init", payload={"authorization": "Bearer good"})
        assert await hear(socket) == {"type": "connection_ack"}


async def test_case_23_an_id_in_use_closes_4409(server: ToyServer):
    async with signed_in(server) as socket:
        await follow(socket, "subscription{numbers(upto:-1)}")
        await hear(socket)
        await follow(socket, "subscription{numbers(upto:-1)}")
        assert await closing_code(socket) == 4409
    assert await eventually(lambda: server.toy.open_streams == 0)


async def test_case_24_the_legacy_protocol_is_refused(server: ToyServer):
    async with server.socket(subprotocols=[Subprotocol("graphql-ws")]) as socket:
        assert socket.subprotocol is None
        assert await closing_code(socket) == 4406


async def test_case_25_the_101st_operation_is_refused(server: ToyServer):
    async with signed_in(server) as socket:
        for number in range(QUICK.operations + 1):
            await follow(socket, "subscription{numbers(upto:-1)}", str(number))
        heard = [await hear(socket) for _ in range(QUICK.operations + 1)]
        refused = [one for one in heard if one["type"] == "error"]
        assert [one["id"] for one in refused] == [str(QUICK.operations)]

        await say(socket, "complete", id="0")
        assert await eventually(lambda: server.toy.open_streams == QUICK.operations - 1)
        await follow(socket, "{hello}", "after")
        assert (await hear(socket))["id"] == "after"


@pytest.mark.parametrize("letter", ["x", "ä"])
async def test_case_26_a_message_over_64_kib_closes_1009(server: ToyServer, letter: str):
    async with signed_in(server) as socket:
        await follow(socket, "{hello} #" + letter * (65_536 // len(letter.encode())))
        assert await closing_code(socket) == 1009


@pytest.mark.parametrize(
    "message", ["", "{", "[]", "5", '{"type":"start"}', '{"id":"1"}', b"{}", '{"type":"subscribe"}']
)
async def test_what_is_no_message_closes_4400(server: ToyServer, message: str | bytes):
    async with signed_in(server) as socket:
        await socket.send(message)
        assert await closing_code(socket) == 4400


async def test_case_27_a_socket_closes_when_the_token_expires(server: ToyServer):
    sign_in = ToySignIn(make_actor())
    server.contexts.sign_ins["short"] = sign_in
    async with signed_in(server, "short") as socket:
        await follow(socket, "subscription{numbers(upto:-1)}")
        await hear(socket)
        sign_in.expires_at = asyncio.get_running_loop().time() + 0.05
        assert await closing_code(socket) == 4401
    assert await eventually(lambda: server.toy.open_streams == 0)


async def test_case_27_a_socket_closes_when_the_session_ends(server: ToyServer):
    sign_in = ToySignIn(make_actor())
    server.contexts.sign_ins["mine"] = sign_in
    async with signed_in(server, "mine") as socket:
        await follow(socket, "subscription{numbers(upto:-1)}")
        await hear(socket)
        sign_in.actor = None
        assert await closing_code(socket) == 4401
    assert await eventually(lambda: server.toy.open_streams == 0)


async def test_case_27_a_stream_ends_before_the_next_event_when_the_permission_goes():
    sign_in = ToySignIn(make_actor())
    looking_seldom = replace(QUICK, recheck_seconds=60.0)
    async with serve_toy(bounds=looking_seldom) as server:
        server.contexts.sign_ins["mine"] = sign_in
        async with signed_in(server, "mine") as socket:
            await follow(socket, "subscription{numbers(upto:-1)}")
            await hear(socket)
            sign_in.actor = replace(sign_in.actor, permissions=frozenset())
            server.toy.moved.set()
            ended = await hear(socket)
        assert ended["type"] == "error"
        assert ended["payload"][0]["extensions"]["code"] == "FORBIDDEN"
        assert await eventually(lambda: server.toy.open_streams == 0)


async def test_case_27_an_idle_socket_closes_when_a_permission_goes(server: ToyServer):
    sign_in = ToySignIn(make_actor())
    server.contexts.sign_ins["mine"] = sign_in
    async with signed_in(server, "mine") as socket:
        await follow(socket, "subscription{numbers(upto:-1)}")
        await hear(socket)
        sign_in.actor = replace(sign_in.actor, permissions=frozenset())
        assert await closing_code(socket) == 4403
    assert await eventually(lambda: server.toy.open_streams == 0)


async def test_case_27_an_idle_socket_closes_when_a_permission_goes_that_came_later(
    server: ToyServer,
):
    sign_in = ToySignIn(make_actor("mission.read"))
    server.contexts.sign_ins["mine"] = sign_in
    async with signed_in(server, "mine") as socket:
        sign_in.actor = replace(sign_in.actor, permissions=frozenset({"mission.read", WATCH}))
        await follow(socket, "subscription{numbers(upto:-1)}")
        await hear(socket)
        reads = sign_in.reads
        assert await eventually(lambda: sign_in.reads > reads + 2)
        sign_in.actor = replace(sign_in.actor, permissions=frozenset({"mission.read"}))
        assert await closing_code(socket) == 4403
    assert await eventually(lambda: server.toy.open_streams == 0)


async def test_a_store_that_is_away_closes_no_socket(server: ToyServer):
    sign_in = ToySignIn(make_actor())
    server.contexts.sign_ins["mine"] = sign_in
    async with signed_in(server, "mine") as socket:
        await follow(socket, "subscription{numbers(upto:-1)}")
        await hear(socket)
        sign_in.away = True
        reads = sign_in.reads
        assert await eventually(lambda: sign_in.reads > reads + 3)
        sign_in.away = False
        server.toy.moved.set()
        assert (await hear(socket))["payload"]["data"] == {"numbers": 0}


async def test_case_28_a_thousand_abrupt_disconnects_leave_nothing(server: ToyServer):
    async def leave_abruptly(number: int) -> None:
        async with signed_in(server) as socket:
            await follow(socket, "subscription{numbers(upto:-1)}")
            await hear(socket)
            socket.transport.abort()

    for begin in range(0, ABRUPT_DISCONNECTS, AT_ONCE):
        await asyncio.gather(*(leave_abruptly(begin + n) for n in range(AT_ONCE)))

    assert server.toy.streams_begun == ABRUPT_DISCONNECTS
    assert await eventually(lambda: server.toy.open_streams == 0)
    assert await eventually(lambda: not sessions_alive())
    assert await eventually(lambda: server.endpoint.held_openings == 0)


def sessions_alive() -> list[str]:
    """Tasks of sockets that are still there."""
    names = (task.get_coro().__qualname__ for task in asyncio.all_tasks())
    return [name for name in names if name.startswith(("WebSocketsSansIO", "SocketOperation"))]


async def test_case_29_a_stream_of_somebody_else_is_denied(server: ToyServer):
    server.contexts.sign_ins["other"] = ToySignIn(make_actor("something.else"))
    async with signed_in(server, "other") as socket:
        await follow(socket, "subscription{numbers}")
        denied = await hear(socket)

    assert denied["payload"][0]["extensions"]["code"] == "FORBIDDEN"
    assert server.toy.streams_begun == 0


async def test_completing_an_operation_closes_its_generator(server: ToyServer):
    async with signed_in(server) as socket:
        await follow(socket, "subscription{numbers(upto:-1)}")
        await hear(socket)
        await say(socket, "complete", id="1")
        assert await eventually(lambda: server.toy.open_streams == 0)
        await follow(socket, "{hello}")
        assert (await hear(socket))["type"] == "next"


async def test_a_client_that_takes_nothing_is_dropped():
    async with (
        serve_toy(bounds=replace(QUICK, send_seconds=0.2)) as server,
        server.socket(max_queue=1, compression=None) as socket,
    ):
        await say(socket, "connection_init", payload={"authorization": "Bearer good"})
        await hear(socket)
        socket.transport.pause_reading()
        await follow(socket, "subscription{flood}")

        assert await eventually(sessions_alive)
        assert await eventually(lambda: not sessions_alive())
        socket.transport.abort()
