"""How many sockets and event streams one address and one person may hold open, and for how long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from redis.asyncio import Redis
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.app import Parts
from api.budgets import Budgets
from api.graphql.openings import RETRY_SECONDS, Openings
from domain.shared.errors import TooMany
from domain.shared.ids import new_id
from domain.shared.windows import Windows
from tests.api.graphql.server import PROTOCOL, QUICK, ToyServer, serve_toy
from tests.api.graphql.test_socket import closing_code, eventually, follow, hear, say, signed_in
from tests.api.graphql.toy import ToySignIn, make_actor
from tests.api.limited import new_address
from tests.graph.accounts.live import serve

pytestmark = pytest.mark.contract

STREAM = {"Accept": "text/event-stream", "Authorization": "Bearer good"}
ENDLESS = {"query": "subscription{numbers(upto:-1)}"}


@pytest.fixture
async def tight() -> AsyncIterator[ToyServer]:
    """Two for a person, three for an address."""
    bounds = replace(QUICK, person_openings=2, address_openings=3)
    async with serve_toy(bounds=bounds) as server:
        yield server


@asynccontextmanager
async def streaming(server: ToyServer) -> AsyncIterator[httpx.Response]:
    """An event stream, as soon as its status is known."""
    asking = server.client.stream("POST", "/graphql", json=ENDLESS, headers=STREAM)
    async with asking as answer:
        yield answer


async def test_a_socket_too_many_of_one_person_closes_4429(tight: ToyServer):
    tight.contexts.sign_ins["other"] = ToySignIn(make_actor())
    async with AsyncExitStack() as first, signed_in(tight) as second:
        await first.enter_async_context(signed_in(tight))
        async with tight.socket() as third:
            await say(third, "connection_init", payload={"authorization": "Bearer good"})
            assert await closing_code(third) == 4429
        async with signed_in(tight, "other"):
            pass
        await first.aclose()
        assert await eventually(lambda: tight.endpoint.held_openings == 2)
        async with signed_in(tight):
            await follow(second, "{hello}")
            assert (await hear(second))["type"] == "next"


async def test_a_handshake_too_many_of_one_address_gets_429_before_the_upgrade(tight: ToyServer):
    async with AsyncExitStack() as opened:
        sockets = [await opened.enter_async_context(tight.socket()) for _ in range(3)]
        with pytest.raises(InvalidStatus) as refused:
            await opened.enter_async_context(tight.socket())
        answer = refused.value.response
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == str(RETRY_SECONDS)
        assert b"RATE_LIMITED" in answer.body
        sockets[0].transport.abort()
        assert await eventually(lambda: count_sockets() == 2)
        await opened.enter_async_context(tight.socket())


def count_sockets() -> int:
    """Sockets that this process serves."""
    names = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]
    return names.count("WebSocketsSansIOProtocol.run_asgi")


async def test_sockets_and_event_streams_of_a_person_count_together(tight: ToyServer):
    async with signed_in(tight), streaming(tight) as stream:
        assert stream.status_code == 200
        async with streaming(tight) as refused:
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == str(RETRY_SECONDS)
            body = (await refused.aread()).decode()
            assert "RATE_LIMITED" in body
        assert tight.toy.streams_begun == 1


async def test_handshakes_count_as_requests_of_their_address(
    parts: Parts, redis_url: str, monkeypatch: pytest.MonkeyPatch
):
    chosen = parts.settings.model_copy(
        update={"limits_address_requests": 2, "trusted_proxies": ("127.0.0.1",)}
    )
    here = {"X-Forwarded-For": new_address()}
    async with Redis.from_url(redis_url) as redis:
        budgets = Budgets(Windows(redis, patience_seconds=5), chosen)
        made = replace(parts, settings=chosen, budgets=budgets)
        async with serve(made, monkeypatch) as url, AsyncExitStack() as opened:
            address = url.replace("http", "ws") + "/graphql"

            async def shake_hands() -> None:
                shaking = connect(address, subprotocols=[PROTOCOL], additional_headers=here)
                await opened.enter_async_context(shaking)

            await shake_hands()
            await shake_hands()
            with pytest.raises(InvalidStatus) as refused:
                await shake_hands()
            async with httpx.AsyncClient(base_url=url) as http:
                assert (await http.get("/", headers=here)).status_code == 429
    assert refused.value.response.status_code == 429
    assert 0 < int(refused.value.response.headers["retry-after"]) <= 62


def test_a_whole_ipv6_site_holds_eight_times_as_many_as_one_network():
    openings = Openings(per_address=1, per_person=0)
    with ExitStack() as held:
        for network in range(8):
            held.enter_context(openings.hold_for_address(f"2001:db8:1:{network}::1"))
        with pytest.raises(TooMany), openings.hold_for_address("2001:db8:1:9::1"):
            pass
        held.enter_context(openings.hold_for_address("2001:db8:2::1"))
    assert openings.held == 0


def test_what_is_refused_counts_nothing_and_zero_is_no_limit():
    openings, kim = Openings(per_address=0, per_person=1), new_id()
    with openings.hold_for_person(kim):
        with pytest.raises(TooMany), openings.hold_for_person(kim):
            pass
        with openings.hold_for_address("192.0.2.1"), openings.hold_for_address("192.0.2.1"):
            assert openings.held == 2
    with openings.hold_for_person(kim):
        assert openings.held == 1
