"""The whole product on a real port, an execution that goes on, and clients who follow it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from api import app as composition
from api.app import Parts
from api.graphql_endpoint import GraphQLEndpoint
from domain.executions.models import Execution
from domain.executions.states import Status
from domain.shared.live import execution_topic
from domain.shared.unit_of_work import UnitsOfWork
from graph.support.ids import encode_id
from tests.factories.executions import add_event, make_execution
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.fixtures.people import Member
from tests.graph.accounts.live import PROTOCOL, say_to, serve
from tests.graph.asking import SignalOutlet
from tests.support.plain import NOBODY

SECONDS = 30
LOOK_SECONDS = 0.01
FOLLOW = """subscription ($id: ID!, $after: Int) {
  executionEvents(id: $id, after: $after) { seq kind execution { status } } }"""
END = "execution.finished"


@dataclass(frozen=True)
class House:
    """A running API, and what is followed in it."""

    url: str
    endpoint: GraphQLEndpoint
    parts: Parts
    execution: Execution

    @property
    def identity(self) -> str:
        return encode_id("Execution", self.execution.id)

    async def happen(self, *kinds: str, **data: object) -> None:
        """Events, as a worker tells them: rows and signal in one unit of work."""
        units = UnitsOfWork(self.parts.database, SignalOutlet(self.parts.redis))
        async with units.begin(self.execution.workspace_id) as uow:
            row = await uow.session.get_one(Execution, self.execution.id)
            for kind in kinds:
                await add_event(uow.session, row, kind, data)
            if END in kinds:
                row.status = Status.SUCCEEDED
            uow.signal(execution_topic(row.id), row.last_seq)

    @asynccontextmanager
    async def socket(self, member: Member, **options: Any) -> AsyncIterator[ClientConnection]:
        """A socket after `connection_ack`."""
        address = self.url.replace("http", "ws") + "/graphql"
        given = {"ping_interval": None, "max_size": None, **options}
        async with connect(address, subprotocols=[PROTOCOL], **given) as socket:
            token = f"Bearer {member.signed_in.access_token}"
            await say_to(socket, type="connection_init", payload={"Authorization": token})
            assert (await hear(socket))["type"] == "connection_ack"
            yield socket

    async def follow(
        self, socket: ClientConnection, identity: str = "1", text: str = FOLLOW, **variables: object
    ) -> None:
        """Begin an operation."""
        payload = {"query": text, "variables": {"id": self.identity, **variables}}
        await say_to(socket, type="subscribe", id=identity, payload=payload)

    async def follow_all(self, member: Member, text: str = FOLLOW, after: int = 0) -> list[Any]:
        """Everything that one socket is told of a stream, until it completes."""
        async with self.socket(member) as socket:
            await self.follow(socket, text=text, after=after)
            return (await hear_all(socket, ["1"]))["1"]

    async def stream(self, member: Member, after: int = 0) -> list[Any]:
        """Every answer on an event stream, until it ends."""
        variables = {"id": self.identity, "after": after}
        headers = {"Accept": "text/event-stream", **member.headers}
        body = {"query": FOLLOW, "variables": variables}
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(base_url=self.url, timeout=SECONDS, verify=NOBODY) as client,
            client.stream("POST", "/graphql", json=body, headers=headers) as answer,
        ):
            lines = [line async for line in answer.aiter_lines()]
        assert lines[-3:-1] == ["event: complete", "data:"]
        told = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
        return [json.loads(one) for one in told]

    async def stream_all(self, member: Member) -> list[Any]:
        """Everything that an event stream tells, until it completes."""
        return [one["data"]["executionEvents"] for one in await self.stream(member)]

    def look_every(self, seconds: float) -> None:
        """How often sign-ins are looked at of whoever comes from now on."""
        self.endpoint._serving.sign_ins._every_seconds = seconds

    def left(self) -> dict[str, int]:
        """What this process still holds because of clients."""
        endpoint = self.endpoint
        return {
            "streams": endpoint.open_streams,
            "feeds": endpoint.open_feeds,
            "sign-ins": endpoint.watched_sign_ins,
            "openings": endpoint.held_openings,
            "listeners": self.parts.live.listener_count,
        }

    async def nothing_left(self) -> None:
        """Wait until everybody is gone, and nothing of them is left."""
        nothing = dict.fromkeys(self.left(), 0)
        for _ in range(int(SECONDS / LOOK_SECONDS / 3)):
            if self.left() == nothing:
                break
            await asyncio.sleep(LOOK_SECONDS)
        assert self.left() == nothing


@asynccontextmanager
async def open_house(
    parts: Parts, databases: Databases, member: Member, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Serve, with an execution that runs in somebody's workspace."""
    made: list[GraphQLEndpoint] = []

    def make(*given: Any) -> GraphQLEndpoint:
        made.append(GraphQLEndpoint(*given))
        return made[-1]

    monkeypatch.setattr(composition, "GraphQLEndpoint", make)
    tenant = Tenant(databases, member.actor)
    running = await make_execution(tenant, status=Status.RUNNING, finished_at=None)
    async with serve(parts, monkeypatch) as url:
        yield House(url, made[0], parts, running)


async def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    async with asyncio.timeout(SECONDS):
        read: dict[str, Any] = json.loads(await socket.recv())
        return read


async def hear_all(socket: ClientConnection, identities: Iterable[str]) -> dict[str, list[Any]]:
    """What the socket tells of some operations, until all of them complete."""
    told: dict[str, list[Any]] = defaultdict(list)
    going_on = set(identities)
    while going_on:
        message = await hear(socket)
        if message["type"] == "complete":
            going_on.remove(message["id"])
        else:
            assert message["type"] == "next", message
            assert "errors" not in message["payload"], message
            (shown,) = message["payload"]["data"].values()
            told[message["id"]].append(shown)
    return told


async def hear_end(socket: ClientConnection) -> tuple[list[Any], int | None]:
    """What a socket tells until the server closes it, and with which code it does."""
    told = []
    try:
        while True:
            told.append(await hear(socket))
    except ConnectionClosed as closed:
        return told, closed.rcvd.code if closed.rcvd else None


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(LOOK_SECONDS)


def seqs(told: Iterable[Any]) -> list[int]:
    """Numbers of events."""
    return [one["seq"] for one in told]
