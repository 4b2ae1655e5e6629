"""Server-sent events: the same answers, the same masks, the same end of the sign-in."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from tests.api.graphql.server import QUICK, ToyServer, serve_toy
from tests.api.graphql.toy import SECRET_WORDS, ToySignIn, make_actor

pytestmark = pytest.mark.contract

ABRUPT_DISCONNECTS = 100


async def eventually(condition: Callable[[], bool]) -> bool:
    """Wait up to five seconds."""
    for _ in range(500):
        if condition():
            return True
        await asyncio.sleep(0.01)
    return False


@asynccontextmanager
async def stream(
    server: ToyServer, query: str, token: str = "good"
) -> AsyncIterator[httpx.Response]:
    """Ask for a stream."""
    headers = {"Accept": "text/event-stream", "Authorization": f"Bearer {token}"}
    async with server.client.stream(
        "POST", "/graphql", json={"query": query}, headers=headers
    ) as answer:
        yield answer


async def events(answer: httpx.Response) -> AsyncIterator[tuple[str, dict | None]]:
    """Names and data of events; a comment is an event without a name."""
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
            yield name, json.loads(data) if data else None
        elif line == ":":
            yield "", None


async def read_all(server: ToyServer, query: str, token: str = "good") -> list:
    """Everything a stream says."""
    async with stream(server, query, token) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        return [event async for event in events(answer)]


async def test_a_subscription_counts_and_completes(server: ToyServer):
    heard = await read_all(server, "subscription{numbers(after:1)}")

    assert [name for name, _ in heard] == ["next", "next", "complete"]
    assert [data["data"]["numbers"] for _, data in heard[:2]] == [2, 3]
    assert server.toy.open_streams == 0


async def test_a_query_is_a_stream_of_one(server: ToyServer):
    (_, data), end = await read_all(server, "{hello}", token="nobody")

    assert data["data"] == {"hello": "Hello world"}
    assert end == ("complete", None)


async def test_an_expired_token_does_not_keep_a_mutation_from_answering(server: ToyServer):
    server.contexts.sign_ins["old"] = ToySignIn(make_actor(), expires_at=0.0)

    heard = await read_all(server, 'mutation{login(input:{password:"right"}){ok}}', "old")

    assert heard[0][1]["data"] == {"login": {"ok": True}}


async def test_what_cannot_run_is_refused_before_the_stream(server: ToyServer):
    async with stream(server, "subscription{nothing}") as answer:
        body = json.loads(await answer.aread())

    assert answer.status_code == 400
    assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_case_18_a_broken_resolver_is_masked(server: ToyServer):
    inside = await read_all(server, "{broken}")
    ended = await read_all(server, "subscription{failing}")

    for error in (inside[0][1]["errors"][0], ended[1][1]["errors"][0]):
        assert error["message"] == "Something went wrong on our side."
        assert error["extensions"]["code"] == "INTERNAL"
        assert SECRET_WORDS not in json.dumps(error)
    assert ended[-1] == ("complete", None)


@pytest.mark.parametrize(("token", "code"), [("nobody", "UNAUTHENTICATED"), ("other", "FORBIDDEN")])
async def test_case_29_a_stream_of_somebody_else_is_denied(
    server: ToyServer, token: str, code: str
):
    server.contexts.sign_ins["other"] = ToySignIn(make_actor("something.else"))

    heard = await read_all(server, "subscription{numbers}", token)

    assert heard[0][1]["errors"][0]["extensions"]["code"] == code
    assert server.toy.streams_begun == 0


@pytest.mark.parametrize("how", ["expires", "logs out", "loses the permission"])
async def test_case_27_a_stream_ends_with_what_allowed_it(server: ToyServer, how: str):
    sign_in = server.contexts.sign_ins["mine"] = ToySignIn(make_actor())
    async with stream(server, "subscription{numbers(upto:-1)}", "mine") as answer:
        heard = events(answer)
        assert (await anext(heard))[0] == "next"
        if how == "expires":
            sign_in.expires_at = asyncio.get_running_loop().time() + 0.05
        elif how == "logs out":
            sign_in.actor = None
        else:
            sign_in.actor = replace(sign_in.actor, permissions=frozenset())
            server.toy.moved.set()
        name, data = await asyncio.wait_for(anext(heard), 5)
        end = await anext(heard)

    expected = "FORBIDDEN" if how == "loses the permission" else "UNAUTHENTICATED"
    assert (name, end) == ("next", ("complete", None))
    assert data["errors"][0]["extensions"]["code"] == expected
    assert await eventually(lambda: server.toy.open_streams == 0)


async def test_a_quiet_stream_sends_comments():
    async with (
        serve_toy(bounds=replace(QUICK, keep_alive_seconds=0.05)) as server,
        stream(server, "subscription{numbers(upto:-1)}") as answer,
    ):
        heard = events(answer)
        names = [(await asyncio.wait_for(anext(heard), 5))[0] for _ in range(4)]
        assert names == ["next", "", "", ""]
        server.toy.moved.set()
        while (one := await asyncio.wait_for(anext(heard), 5))[0] == "":
            continue
        assert one[1]["data"] == {"numbers": 0}


async def test_case_28_abrupt_disconnects_leave_nothing(server: ToyServer):
    async def leave_abruptly() -> None:
        async with stream(server, "subscription{numbers(upto:-1)}") as answer:
            await anext(events(answer))

    for _ in range(ABRUPT_DISCONNECTS // 10):
        await asyncio.gather(*(leave_abruptly() for _ in range(10)))

    assert server.toy.streams_begun == ABRUPT_DISCONNECTS
    assert await eventually(lambda: server.toy.open_streams == 0)
    assert await eventually(lambda: server.endpoint.held_openings == 0)
