"""Operations over sockets and streams are counted like any other; who asks too often stays."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import ClientConnection

from api.budgets import Budgets
from domain.shared.settings import Settings
from domain.shared.windows import Windows
from tests.api.graphql.server import ToyServer, serve_toy
from tests.api.graphql.test_socket import closing_code, follow, hear, say
from tests.api.graphql.toy import ToySignIn, make_actor

pytestmark = pytest.mark.integration

STREAM = {"Accept": "text/event-stream", "Authorization": "Bearer good"}


@asynccontextmanager
async def counting(redis_url: str, limit: int) -> AsyncIterator[ToyServer]:
    """A toy server that lets a person spend so much in a minute."""
    settings = Settings(limits_user_cost=limit, limits_address_cost=0)
    async with Redis.from_url(redis_url) as redis:
        meter = Budgets(Windows(redis, patience_seconds=5), settings)
        async with serve_toy(meter=meter) as server:
            yield server


@asynccontextmanager
async def opened(server: ToyServer) -> AsyncIterator[ClientConnection]:
    """A socket after `connection_ack`."""
    async with server.socket() as socket:
        await say(socket, "connection_init", payload={"authorization": "Bearer good"})
        assert await hear(socket) == {"type": "connection_ack"}
        yield socket


async def ask(socket: ClientConnection, query: str) -> dict:
    """The first message about one operation."""
    identity = uuid4().hex
    await follow(socket, query, identity)
    first = await hear(socket)
    if first["type"] == "next":
        assert (await hear(socket))["type"] == "complete"
    return first


async def test_an_operation_too_many_gets_an_error_and_the_socket_stays(redis_url: str):
    async with counting(redis_url, 4) as server, opened(server) as socket:
        # The opening cost one.
        answers = [await ask(socket, "{hello}") for _ in range(4)]
        assert [answer["type"] for answer in answers] == ["next"] * 3 + ["error"]
        told = answers[-1]["payload"][0]["extensions"]
        assert told["code"] == "RATE_LIMITED"
        assert 0 < told["retryAfterSeconds"] <= 62
        await say(socket, "ping")
        assert await hear(socket) == {"type": "pong"}


async def test_a_subscription_too_many_never_begins(redis_url: str):
    async with counting(redis_url, 1) as server, opened(server) as socket:
        answer = await ask(socket, "subscription{numbers}")
        assert answer["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert server.toy.streams_begun == 0


async def test_events_of_an_open_subscription_cost_nothing_more(redis_url: str):
    async with counting(redis_url, 2) as server, opened(server) as socket:
        await follow(socket, "subscription{numbers(upto: 50)}")
        heard = [(await hear(socket))["type"] for _ in range(51)]
    assert heard == ["next"] * 50 + ["complete"]


async def test_opening_sockets_is_counted(redis_url: str):
    async with counting(redis_url, 2) as server:
        for _ in range(2):
            async with opened(server):
                pass
        async with server.socket() as socket:
            await say(socket, "connection_init", payload={"authorization": "Bearer good"})
            assert await closing_code(socket) == 1013


async def test_an_event_stream_too_many_is_refused_over_http(redis_url: str):
    async with counting(redis_url, 1) as server:
        body = {"query": "subscription{numbers}"}
        answers = [
            await server.client.post("/graphql", json=body, headers=STREAM) for _ in range(2)
        ]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].headers["content-type"].startswith("text/event-stream")
    assert json.loads(answers[1].text)["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert int(answers[1].headers["retry-after"]) > 0


async def test_people_are_told_apart(redis_url: str):
    async with counting(redis_url, 1) as server:
        server.contexts.sign_ins["other"] = ToySignIn(make_actor())
        tried = [await server.post("{hello}", token) for token in ("good", "good", "other")]
    assert [answer.status_code for answer in tried] == [200, 429, 200]
