"""The API of one test on a real port, in the tests' own event loop, looking at sign-ins often."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api import app as composition
from api.app import Parts, assemble

PROTOCOL = Subprotocol("graphql-transport-ws")
LOOK_SECONDS = 0.02
RECHECK_SECONDS = 0.05
SECONDS = 10


@asynccontextmanager
async def serve(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """Serve until the block ends; yields the address."""
    bounds = replace(composition.make_bounds(parts.settings), recheck_seconds=RECHECK_SECONDS)
    monkeypatch.setattr(composition, "make_bounds", lambda _: bounds)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(assemble(parts), log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:
        await asyncio.sleep(LOOK_SECONDS)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await serving


@asynccontextmanager
async def open_socket(url: str, token: str, **headers: str) -> AsyncIterator[ClientConnection]:
    """A socket that has said who it is."""
    address = url.replace("http", "ws") + "/graphql"
    connecting = connect(address, subprotocols=[PROTOCOL], additional_headers=headers)
    async with connecting as connection:
        payload = {"Authorization": f"Bearer {token}"} if token else {}
        await say_to(connection, type="connection_init", payload=payload)
        yield connection


async def say_to(connection: ClientConnection, **message: object) -> None:
    """Send a message."""
    await connection.send(json.dumps(message))


async def hear(connection: ClientConnection) -> dict[str, Any]:
    """The next message."""
    async with asyncio.timeout(SECONDS):
        read: dict[str, Any] = json.loads(await connection.recv())
        return read


async def hear_end(connection: ClientConnection) -> tuple[int, str]:
    """Code and reason of the end, whatever comes before it."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await hear(connection)
    end = closed.value.rcvd
    assert end is not None
    return end.code, end.reason
