"""Bodies are refused before they fill the memory."""

import tracemalloc
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.answers import answer_http_error
from api.middleware.bodies import MAX_BODY_BYTES, BodyCap

pytestmark = pytest.mark.contract


async def count(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def capped() -> httpx.AsyncClient:
    app = Starlette(
        routes=[
            Route("/count", count, methods=["POST"]),
            Route("/own/count", count, methods=["POST"]),
        ],
        middleware=[Middleware(BodyCap, own_caps=("/own",))],
        exception_handlers={HTTPException: answer_http_error},
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test")


async def stream(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b"x" * 1024


async def test_a_body_up_to_the_cap_is_read():
    async with capped() as http:
        assert (await http.post("/count", content=b"x" * MAX_BODY_BYTES)).text == "65536"


async def test_a_larger_body_is_refused_before_it_is_read():
    async with capped() as http:
        answer = await http.post("/count", content=b"x" * (MAX_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "TOO_LARGE"


async def test_a_body_that_does_not_say_its_length_is_refused_on_the_way():
    tracemalloc.start()
    async with capped() as http:
        answer = await http.post("/count", content=stream(50_000_000))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 413
    assert most < 5_000_000


async def test_a_route_with_a_cap_of_its_own_is_left_alone():
    async with capped() as http:
        assert (await http.post("/own/count", content=b"x" * 100_000)).text == "100000"
