"""Alive is not ready: what is missing is said, and nothing breaks meanwhile."""

from dataclasses import replace

import httpx
import pytest
from redis.asyncio import Redis

from api.app import Parts, assemble
from api.readiness import NO_DATABASE, NO_REDIS, Stores
from domain.shared.database import Database
from migrations.apply import head_revision

pytestmark = pytest.mark.integration

NOWHERE = "postgresql+asyncpg://metamorph_app@127.0.0.1:1/metamorph"
NO_REDIS_URL = "redis://127.0.0.1:1"


@pytest.fixture
async def lonely(parts: Parts):
    """An API whose stores are away."""
    redis = Redis.from_url(NO_REDIS_URL)
    database = Database(NOWHERE, pool_size=5)
    app = assemble(replace(parts, database=database, redis=redis))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            yield client


async def test_a_complete_api_is_ready(client: httpx.AsyncClient):
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": []})


async def test_an_api_without_stores_starts_and_says_what_is_missing(lonely: httpx.AsyncClient):
    answer = await lonely.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": [NO_DATABASE, NO_REDIS]}
    assert answer.headers["retry-after"] == "2"
    assert (await lonely.get("/healthz")).json() == {"alive": True}


async def test_a_database_at_another_revision_is_not_ready(parts: Parts):
    stores = Stores(parts.database, parts.redis, "9999")
    (missing,) = await stores.find_missing()
    assert missing == (
        f"The database is at revision {head_revision()}, this code needs 9999: migrate."
    )


async def test_waiting_ends_once_nothing_is_missing(parts: Parts, monkeypatch):
    answers = iter([[NO_DATABASE], [NO_DATABASE], [NO_REDIS], []])
    asked = []

    async def find_missing(_: Stores) -> list[str]:
        asked.append(next(answers))
        return asked[-1]

    monkeypatch.setattr(Stores, "find_missing", find_missing)
    monkeypatch.setattr("api.readiness.FIRST_PAUSE_SECONDS", 0)
    await Stores(parts.database, parts.redis, head_revision()).wait_until_complete()
    assert asked[-1] == []


async def test_the_database_tells_its_revision_and_tables(client: httpx.AsyncClient):
    answer = await client.get("/api/v1/diag/db")
    body = answer.json()
    assert answer.status_code == 200
    assert (body["reachable"], body["alembic_revision"]) == (True, head_revision())
    assert body["table_count"] >= 20


async def test_a_database_that_is_down_is_not_reachable(lonely: httpx.AsyncClient):
    answer = await lonely.get("/api/v1/diag/db")
    assert (answer.status_code, answer.json()) == (503, {"reachable": False})
    assert int(answer.headers["Retry-After"]) > 0


async def test_the_root_says_where_to_go(client: httpx.AsyncClient):
    assert (await client.get("/")).json()["graphql"] == "/graphql"
