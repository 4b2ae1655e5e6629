"""Pages of listed origins may ask, with a cookie too; any other page learns nothing."""

from dataclasses import replace

import httpx
import pytest
from pydantic import ValidationError

from api.app import Parts, assemble
from domain.shared.settings import Settings
from tests.factories.accounts import ISSUER
from tests.fixtures.people import SPA_ORIGIN

pytestmark = pytest.mark.integration

FOREIGN = ["https://evil.test", "https://spa.test.evil.test", "http://spa.test", "null", ""]
QUERY = {"query": "{ __typename }"}


async def preflight(
    client: httpx.AsyncClient, origin: str, headers: str = "authorization, content-type"
) -> httpx.Response:
    """What a browser asks before it sends JSON."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": headers,
    }
    return await client.options("/graphql", headers=asked)


def cors_headers(answer: httpx.Response) -> dict[str, str]:
    """What an answer allows to pages."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-")}


async def test_a_listed_origin_may_ask_with_a_token_and_a_cookie(client: httpx.AsyncClient):
    asked = "authorization, content-type, x-metamorph-csrf"
    allowed = await preflight(client, SPA_ORIGIN, asked)
    assert allowed.status_code == 200
    told = cors_headers(allowed)
    assert told["access-control-allow-origin"] == SPA_ORIGIN
    assert told["access-control-allow-credentials"] == "true"
    assert "POST" in told["access-control-allow-methods"]
    assert set(asked.split(", ")) <= set(
        told["access-control-allow-headers"].lower().replace(" ", "").split(",")
    )


async def test_a_listed_origin_reads_what_clients_need(client: httpx.AsyncClient):
    answer = await client.post("/graphql", json=QUERY, headers={"Origin": SPA_ORIGIN})
    told = cors_headers(answer)
    assert told["access-control-allow-origin"] == SPA_ORIGIN
    assert told["access-control-allow-credentials"] == "true"
    exposed = set(told["access-control-expose-headers"].split(", "))
    assert exposed == {
        "X-Request-Id",
        "Retry-After",
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
    }


async def test_a_listed_origin_may_not_send_any_header_it_likes(client: httpx.AsyncClient):
    assert (await preflight(client, SPA_ORIGIN, "x-forwarded-for")).status_code == 400


@pytest.mark.parametrize("origin", FOREIGN)
async def test_any_other_origin_is_told_nothing(client: httpx.AsyncClient, origin: str):
    refused = await preflight(client, origin)
    assert refused.status_code == 405
    assert cors_headers(refused) == {}
    answer = await client.post("/graphql", json=QUERY, headers={"Origin": origin})
    assert cors_headers(answer) == {}
    assert "Origin" in answer.headers["vary"]


async def test_without_listed_origins_nobody_is_allowed(parts: Parts):
    closed = replace(parts, settings=parts.settings.model_copy(update={"allowed_origins": ()}))
    transport = httpx.ASGITransport(assemble(closed))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        answer = await preflight(client, SPA_ORIGIN)
    assert (answer.status_code, cors_headers(answer)) == (405, {})


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("https://A.test/, http://localhost:3000", ("https://a.test", "http://localhost:3000")),
        ('["https://a.test"]', ("https://a.test",)),
        ("", ()),
    ],
)
def test_origins_are_written_as_json_or_with_commas(
    monkeypatch: pytest.MonkeyPatch, words: str, meant: tuple[str, ...]
):
    monkeypatch.setenv("METAMORPH_ALLOWED_ORIGINS", words)
    assert Settings().allowed_origins == meant


@pytest.mark.parametrize(
    "words", ["*", "null", "https://*.test", "https://a.test/path", "a.test", "[", "https://u@a"]
)
def test_what_is_no_origin_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, words: str):
    monkeypatch.setenv("METAMORPH_ALLOWED_ORIGINS", words)
    with pytest.raises(ValidationError):
        Settings()
