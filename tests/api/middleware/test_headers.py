"""Browsers are told what an answer is for, and who else may read it."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from api.middleware.headers import SecurityHeaders

pytestmark = pytest.mark.integration


async def show_page(_: Request) -> HTMLResponse:
    return HTMLResponse("", headers={"Content-Security-Policy": "default-src 'self'"})


def page_client(*, encrypted: bool) -> httpx.AsyncClient:
    app = Starlette(
        routes=[Route("/", show_page)],
        middleware=[Middleware(SecurityHeaders, encrypted=encrypted)],
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test")


@pytest.mark.parametrize("path", ["/", "/healthz", "/not-there"])
async def test_every_answer_may_do_nothing_in_a_browser(client: httpx.AsyncClient, path: str):
    headers = (await client.get(path)).headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


async def test_a_page_keeps_its_own_policy():
    async with page_client(encrypted=False) as http:
        headers = (await http.get("/")).headers
    assert headers["content-security-policy"] == "default-src 'self'"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("encrypted", [True, False])
async def test_https_is_insisted_on_only_where_it_is_offered(encrypted: bool):
    async with page_client(encrypted=encrypted) as http:
        headers = (await http.get("/")).headers
    assert ("strict-transport-security" in headers) is encrypted


async def test_what_is_not_there_is_said_in_json(client: httpx.AsyncClient):
    missing = await client.get("/not-there")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")
    refused = await client.post("/healthz")
    assert (refused.status_code, refused.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")
