"""Thousands of WebSocket clients in one process, so cheap that they do not slow down what they measure.

Run as a program: `python -m benchmarks.subscriptions.clients PORT COUNT LAST TOKEN ID`, with TOKEN and
ID for GraphQL, without for a server that only sends. Prints one line of JSON when all are there, and
one when every client has had event LAST.
"""

import asyncio
import base64
import json
import os
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import uvloop

AT_ONCE = 40
LISTENING = 20
"""One client in so many reads each message when it comes; the others count their bytes at the end."""
LIMIT_SECONDS = 120
DOCUMENT = "subscription ($id: ID!) { executionEvents(id: $id) { seq kind data createdAt } }"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


@dataclass
class Plan:
    """What all clients do.

    Attributes:
        token: Who asks GraphQL, and `identity` for which execution; empty: only listen.
        last: The number of the last event.
    """

    port: int
    last: int
    token: str = ""
    identity: str = ""
    delays: list[float] = field(default_factory=list)
    is_measuring: bool = False
    failure: str = ""

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something.

        Raises:
            RuntimeError: a server said no.
            TimeoutError: it does not happen.
        """
        async with asyncio.timeout(LIMIT_SECONDS):
            while not condition():
                if self.failure:
                    raise RuntimeError(self.failure)
                await asyncio.sleep(0.02)


class Client(asyncio.Protocol):
    """One socket."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.numbers: list[int] = []
        self.is_open = False
        self.is_quiet = False
        self._rest = b""
        self._kept: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Shake hands."""
        self.transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:{self.plan.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Read, or keep for later."""
        if self.is_quiet:
            ping = data.find(b"\x89\x04")
            if ping >= 0:
                self._say(PONG, data[ping + 2 : ping + 6])
            self._kept.append(data)
            return
        self._rest += data
        if not self.is_open:
            head, end, rest = self._rest.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head[:20]:
                self.plan.failure = f"no socket: {head[:200]!r}"
                return
            self.is_open, self._rest = True, rest
            self._begin()
        self._read_frames()

    def catch_up(self) -> None:
        """Read what was kept."""
        if self.is_quiet:
            self.is_quiet = False
            self._rest += b"".join(self._kept)
            self._read_frames(answer=False)

    def _begin(self) -> None:
        if self.plan.token:
            payload = {"authorization": f"Bearer {self.plan.token}"}
            self._tell({"type": "connection_init", "payload": payload})

    def _read_frames(self, *, answer: bool = True) -> None:
        data, at = self._rest, 0
        while len(data) - at >= 2:
            length, head = data[at + 1] & 127, 2
            if length == 126:
                if len(data) - at < 4:
                    break
                length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            end = at + head + length
            if len(data) < end:
                break
            body, kind = data[at + head : end], data[at] & 15
            if kind == TEXT:
                self._hear(body)
            elif kind == PING and answer:
                self._say(PONG, body)
            elif kind == CLOSE:
                self.plan.failure = f"closed: {body!r}"
            at = end
        self._rest = data[at:]

    def _hear(self, body: bytes) -> None:
        if b'"connection_ack"' in body:
            asked = {"query": DOCUMENT, "variables": {"id": self.plan.identity}}
            self._tell({"id": "1", "type": "subscribe", "payload": asked})
            return
        if b'"error"' in body[:40]:
            self.plan.failure = body.decode()
            return
        place = body.index(b'"seq":') + 6
        self.numbers.append(int(body[place : place + 12].partition(b",")[0]))
        sent = body.find(b'"sent":')
        if self.plan.is_measuring and sent > 0 and not self.is_quiet:
            text = body[sent + 7 : sent + 32].replace(b"}", b",").partition(b",")[0]
            self.plan.delays.append(time.time() - float(text))

    def _tell(self, message: object) -> None:
        self._say(TEXT, json.dumps(message).encode())

    def _say(self, kind: int, data: bytes) -> None:
        length = len(data)
        size = bytes([128 | length]) if length < 126 else b"\xfe" + struct.pack("!H", length)
        self.transport.write(bytes([128 | kind]) + size + bytes(4) + data)


async def run(plan: Plan, count: int) -> None:
    """Connect, listen, and tell what came."""
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    turn = asyncio.Semaphore(AT_ONCE)

    async def connect() -> None:
        async with turn:
            _, client = await loop.create_connection(lambda: Client(plan), "127.0.0.1", plan.port)
            clients.append(client)
            await plan.until(lambda: client.is_open)

    await asyncio.gather(*(connect() for _ in range(count)))
    await plan.until(lambda: all(client.numbers for client in clients))
    listening = clients[::LISTENING]
    for client in clients:
        client.is_quiet = client not in listening
    plan.is_measuring = True
    print(json.dumps({"ready": len(clients)}), flush=True)
    await plan.until(lambda: all(client.numbers[-1] >= plan.last for client in listening))
    delays = sorted(plan.delays)
    await asyncio.sleep(1)  # what is on its way to the others
    plan.is_measuring = False
    for client in clients:
        client.catch_up()
    complete = sum(client.numbers == list(range(1, plan.last + 1)) for client in clients)
    print(json.dumps({"complete": complete, "delays": delays}), flush=True)
    for client in clients:
        client.transport.abort()


def main() -> None:
    """Run as the words of the command line say."""
    port, count, last = map(int, sys.argv[1:4])
    token, identity = sys.argv[4:6] or ("", "")
    uvloop.run(run(Plan(port, last, token, identity), count))


if __name__ == "__main__":
    main()
