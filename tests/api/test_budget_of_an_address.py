"""What is counted for an address before anything is done for it, whoever asks from there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from redis.asyncio import Redis

from api import context
from api.app import Parts
from domain.shared.windows import Windows
from tests.api.limited import CHEAP, code_of, limited, new_address, statuses
from tests.api.test_budgets import DEAR
from tests.fixtures.people import MakeMember

pytestmark = pytest.mark.integration


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connection of the test's own."""
    async with Redis.from_url(redis_url) as connection:
        yield connection


@pytest.mark.parametrize(
    "nonsense",
    [
        {"content": b"not json", "headers": {"Content-Type": "application/json"}},
        {"json": {"query": "{ nothing"}},
        {"json": {"query": "{ unknown }"}},
        {"json": [{"query": CHEAP}]},
        {"content": b"query=1", "headers": {"Content-Type": "text/plain"}},
    ],
)
async def test_nonsense_is_counted_too(parts: Parts, redis: Redis, nonsense: dict[str, Any]):
    here = new_address()
    async with limited(parts, redis, limits_address_cost=2) as api:
        answers = [
            await api.send("POST", "/graphql", address=here, **{**nonsense}) for _ in range(3)
        ]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert code_of(answers[-1]) == "RATE_LIMITED"


@pytest.mark.parametrize(
    ("refused", "counted"),
    [
        ({"json": {"query": "{ " + "x" * 998}}, 100),
        ({"json": {"query": "{ x" + " x" * 498 + " }"}}, 100),
        ({"json": {"query": "{ #" + "x" * 100_000}}, 2_000),
        ({"json": [{"query": "x" * 5_000}]}, 4),
        ({"content": b"x" * 50_000, "headers": {"Content-Type": "application/json"}}, 48),
    ],
)
async def test_a_refusal_counts_what_its_size_made_us_do(
    parts: Parts, redis: Redis, refused: dict[str, Any], counted: int
):
    async with limited(parts, redis, limits_address_cost=10_000) as api:
        answer = await api.send("POST", "/graphql", **refused)
    assert answer.status_code == 400
    assert answer.headers["ratelimit-remaining"] == str(10_000 - counted)


async def test_what_a_document_would_cost_counts_nothing_where_it_is_refused_for_it(
    parts: Parts, redis: Redis
):
    """Its text does: the operation never ran."""
    settings = parts.settings.model_copy(update={"graphql_cost": 10})
    async with limited(replace(parts, settings=settings), redis, limits_address_cost=100) as api:
        answer = await api.ask(DEAR)
    assert answer.headers["ratelimit-remaining"] == str(100 - len(DEAR) // 10)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/graphql", 200),
        ("GET", "/graphql", 405),
        ("PUT", "/graphql", 405),
    ],
)
async def test_a_request_to_graphql_counts_as_a_request_too(
    parts: Parts, redis: Redis, method: str, path: str, status: int
):
    here = new_address()
    options = {"json": {"query": CHEAP}} if method == "POST" else {}
    async with limited(parts, redis, limits_address_requests=2) as api:
        answers = [await api.send(method, path, address=here, **options) for _ in range(2)]
        beyond = await api.ask(address=here)
        elsewhere = await api.send("GET", "/", address=here)
    assert [answer.status_code for answer in answers] == [status] * 2
    assert answers[0].headers["ratelimit-remaining"] == "1"
    assert (beyond.status_code, code_of(beyond)) == (429, "RATE_LIMITED")
    assert elsewhere.status_code == 429


async def test_a_whole_ipv6_site_has_eight_times_the_allowance_of_one_network(
    parts: Parts, redis: Redis
):
    site = ":".join(new_address().split(":")[:3])
    async with limited(parts, redis, limits_address_cost=2, limits_address_requests=2) as api:
        for network in range(8):
            address = f"{site}:{network}::1"
            assert await statuses(api, 2, address=address) == [200, 200]
        assert await statuses(api, 1, address=f"{site}:8::1") == [429]
        assert (await api.send("GET", "/", address=f"{site}:9::1")).status_code == 429


@dataclass
class Watched:
    """How often something was asked."""

    count: int = 0

    def watch(self, question: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same question, counted."""

        async def ask(*given: Any, **more: Any) -> Any:
            self.count += 1
            return await question(*given, **more)

        return ask


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """How often the database is asked who acts."""
    watched = Watched()
    monkeypatch.setattr(context, "load_actor", watched.watch(context.load_actor))
    return watched


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """How often Redis is asked to count."""
    watched = Watched()
    monkeypatch.setattr(Windows, "take", watched.watch(Windows.take))
    return watched


async def test_a_flood_from_one_address_reaches_neither_database_nor_redis(
    parts: Parts, redis: Redis, workspace_member: MakeMember, lookups: Watched, scripts: Watched
):
    kim, lu, here = await workspace_member(), await workspace_member(), new_address()
    async with limited(parts, redis, limits_address_cost=2) as api:
        assert await statuses(api, 2, address=here, by=kim) == [200, 200]
        asked = lookups.count
        assert await statuses(api, 1, address=here, by=lu) == [429]
        counted = scripts.count
        assert await statuses(api, 5, address=here, by=lu) == [429] * 5
        nonsense = [await api.ask("{ no", address=here) for _ in range(5)]
    assert [answer.status_code for answer in nonsense] == [429] * 5
    assert lookups.count == asked
    assert scripts.count == counted


async def test_whoever_was_known_a_moment_ago_is_counted_in_one_go(
    parts: Parts, redis: Redis, workspace_member: MakeMember, scripts: Watched
):
    kim = await workspace_member()
    async with limited(parts, redis, limits_user_cost=10) as api:
        answers, each = [], []
        for _ in range(3):
            before = scripts.count
            answers.append(await api.ask(by=kim))
            each.append(scripts.count - before)
    assert each == [2, 1, 1]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["9", "8", "7"]


async def test_the_credential_of_a_session_that_ended_costs_its_owner_nothing(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim = await workspace_member()
    again = await workspace_member(of=kim)
    async with limited(parts, redis, limits_user_cost=1_000) as api:
        ended = await api.ask("mutation { logout { userErrors { code } } }", by=kim)
        assert ended.json()["data"]["logout"] == {"userErrors": []}
        before = int((await api.ask(by=again)).headers["ratelimit-remaining"])
        await statuses(api, 4, by=kim)
        after = int((await api.ask(by=again)).headers["ratelimit-remaining"])
    # The first of the four finds out that it has ended; the last operation is the owner's own.
    assert before - after == 2


async def test_a_person_over_the_limit_still_counts_for_the_address(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim, here = await workspace_member(), new_address()
    async with limited(parts, redis, limits_user_cost=1, limits_address_cost=4) as api:
        assert await statuses(api, 4, address=here, by=kim) == [200, 429, 429, 429]
        assert await statuses(api, 1, address=here) == [429]
