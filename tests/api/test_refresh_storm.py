"""Two hundred requests with one refresh token, on as many connections to a real server."""

import asyncio
from pathlib import Path

import httpx
import pytest

from domain.accounts.refresh import Refusal
from tests.factories.accounts import PASSWORD, make_admin, make_authority
from tests.fixtures.database import Databases
from tests.support.plain import NOBODY
from tests.support.serving import serve_api

pytestmark = [pytest.mark.integration, pytest.mark.heavy, pytest.mark.no_rollback]

PARALLEL = 200
TOKENS = "{ accessToken refreshToken userErrors { message } }"
LOGIN = f"mutation ($input: LoginInput!) {{ login(input: $input) {TOKENS} }}"
REFRESH = f"mutation ($input: RefreshSessionInput!) {{ refreshSession(input: $input) {TOKENS} }}"


async def ask(url: str, document: str, **given: object) -> dict[str, object]:
    """One operation on a connection of its own."""
    async with httpx.AsyncClient(base_url=url, timeout=60, verify=NOBODY) as client:
        body = {"query": document, "variables": {"input": given}}
        answer = (await client.post("/graphql", json=body)).json()
        (payload,) = answer["data"].values()
        return payload


async def test_case_34_one_of_two_hundred_wins_and_the_session_goes_on(
    databases: Databases, redis_url: str, tmp_path: Path
):
    kim = await make_admin(databases.app, make_authority(tmp_path / "keys"))
    with serve_api(databases, redis_url, tmp_path) as live:
        first = await ask(live.url, LOGIN, email=kim.email, password=PASSWORD)
        token = first["refreshToken"]
        payloads = await asyncio.gather(
            *(ask(live.url, REFRESH, refreshToken=token) for _ in range(PARALLEL))
        )
        (winner,) = [one for one in payloads if one["accessToken"]]
        told = {error["message"] for one in payloads for error in one["userErrors"]}
        assert told == {Refusal.OVERTAKEN}
        second = await ask(live.url, REFRESH, refreshToken=winner["refreshToken"])
        assert second["userErrors"] == []
        again = await ask(live.url, REFRESH, refreshToken=winner["refreshToken"])
        assert [error["message"] for error in again["userErrors"]] == [Refusal.REUSED]
