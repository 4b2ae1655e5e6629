"""What one person, one workspace and one address may ask for, over HTTP as clients see it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis.asyncio import Redis

from api.app import Parts
from api.budgets import Budgets
from api.stack.errors import StackError
from domain.accounts.attempts import LOGIN_PAIR
from domain.shared.actor import Actor
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.settings import Settings
from domain.shared.windows import Windows
from graph.support.context import Context
from graph.support.ids import encode_id
from tests.api.graphql.toy import ToySignIn
from tests.api.limited import code_of, limited, new_address, statuses
from tests.fixtures.people import MakeMember

pytestmark = pytest.mark.integration

LIMIT = 20
STANDING = "{ rateLimit { limit remaining resetAt cost } }"
DEAR = "{ testTemplates(first: 15) { edges { node { id } } } }"
DEAR_COST = 16


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connection of the test's own."""
    async with Redis.from_url(redis_url) as connection:
        yield connection


async def test_every_answer_says_what_is_left(parts: Parts, redis: Redis):
    here = new_address()
    async with limited(parts, redis, limits_address_cost=LIMIT) as api:
        first, second = [await api.ask(address=here) for _ in range(2)]
    assert first.headers["ratelimit-limit"] == str(LIMIT)
    assert first.headers["ratelimit-remaining"] == str(LIMIT - 1)
    assert 60 <= int(first.headers["ratelimit-reset"]) <= 62
    assert second.headers["ratelimit-remaining"] == str(LIMIT - 2)
    assert second.json()["extensions"]["cost"]["requested"] == 1


async def test_a_field_says_it_too(parts: Parts, redis: Redis):
    async with limited(parts, redis, limits_address_cost=LIMIT) as api:
        told = (await api.ask(STANDING)).json()["data"]["rateLimit"]
    assert (told["limit"], told["cost"], told["remaining"]) == (LIMIT, 1, LIMIT - 1)
    reset_in = datetime.fromisoformat(told["resetAt"]) - datetime.now(UTC)
    assert timedelta(seconds=50) < reset_in < timedelta(seconds=63)


async def test_beyond_the_limit_the_answer_says_when_to_come_back(parts: Parts, redis: Redis):
    here = new_address()
    async with limited(parts, redis, limits_address_cost=2) as api:
        assert await statuses(api, 2, address=here) == [200, 200]
        refused = await api.ask(address=here)
    assert refused.status_code == 429
    assert code_of(refused) == "RATE_LIMITED"
    wait = int(refused.headers["retry-after"])
    assert 0 < wait <= 62
    assert refused.json()["errors"][0]["extensions"]["retryAfterSeconds"] == wait
    assert refused.headers["ratelimit-remaining"] == "0"
    assert "data" not in refused.json()


async def test_an_operation_counts_as_much_as_it_costs(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim = await workspace_member()
    async with limited(parts, redis, limits_user_cost=LIMIT) as api:
        dear = await api.ask(DEAR, by=kim)
        assert dear.headers["ratelimit-remaining"] == str(LIMIT - DEAR_COST)
        assert (await api.ask(DEAR, by=kim)).status_code == 429
        assert await statuses(api, 5, by=kim) == [200] * 4 + [429]


async def test_a_person_is_counted_wherever_the_requests_come_from(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim, lu = await workspace_member(), await workspace_member()
    async with limited(parts, redis, limits_user_cost=3) as api:
        assert await statuses(api, 4, by=kim) == [200] * 3 + [429]
        assert await statuses(api, 1, by=lu) == [200]


async def test_a_workspace_is_counted_for_all_its_people(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim = await workspace_member()
    lu, stranger = await workspace_member("viewer", of=kim), await workspace_member()
    async with limited(parts, redis, limits_workspace_cost=4) as api:
        tried = [(await api.ask(by=who)).status_code for who in (kim, lu) * 3]
        assert tried == [200] * 4 + [429] * 2
        assert await statuses(api, 1, by=stranger) == [200]


async def test_people_who_belong_nowhere_share_no_limit(parts: Parts, redis: Redis):
    few = {"limits_workspace_cost": 1, "limits_workspace_requests": 1}
    budgets = Budgets(Windows(redis), parts.settings.model_copy(update=few))
    for _ in range(3):
        somebody = Actor(new_id(), SYSTEM_WORKSPACE, new_id(), frozenset())
        units, live = parts.contexts.units, parts.live
        context = Context("r", parts.settings, units, live, ToySignIn(somebody))
        context.credential = str(somebody.user_id)
        for _ in range(2):
            assert await budgets.charge_operation(context, 1) is not None
            assert await budgets.charge_person(somebody) is not None


async def test_an_address_is_counted_for_everybody_behind_it(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim, here = await workspace_member(), new_address()
    async with limited(parts, redis, limits_address_cost=2) as api:
        assert await statuses(api, 1, address=here) == [200]
        assert await statuses(api, 2, address=here, by=kim) == [200, 429]
        assert await statuses(api, 1, by=kim) == [200]


async def test_other_routes_are_counted_by_the_request(parts: Parts, redis: Redis):
    here = new_address()
    async with limited(parts, redis, limits_address_requests=2) as api:
        answers = [await api.send("GET", path, address=here) for path in ("/", "/not-there", "/")]
        assert [answer.status_code for answer in answers] == [200, 404, 429]
    assert answers[0].headers["ratelimit-remaining"] == "1"
    refused = answers[-1]
    assert refused.json()["error"]["code"] == "RATE_LIMITED"
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["ratelimit-remaining"] == "0"
    assert refused.headers["x-content-type-options"] == "nosniff"


async def test_a_person_is_counted_on_other_routes_too(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim, path = await workspace_member(), f"/reports/executions/{'0' * 32}"
    async with limited(parts, redis, limits_user_requests=2) as api:
        answers = [await api.send("GET", path, by=kim) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_what_machines_ask_every_few_seconds_is_not_counted(parts: Parts, redis: Redis):
    here = new_address()
    async with limited(parts, redis, limits_address_requests=1) as api:
        answers = [await api.send("GET", "/healthz", address=here) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3


async def test_only_administrators_of_workspaces_the_operator_names_are_exempt(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim, stranger = await workspace_member(), await workspace_member()
    lu = await workspace_member("editor", of=kim)
    named = encode_id("Workspace", kim.actor.workspace_id)
    chosen = {"limits_user_cost": 2, "limits_address_cost": 0, "limits_address_requests": 0}
    async with limited(parts, redis, **chosen, limits_exempt_admins_of=(named,)) as api:
        assert await statuses(api, 3, by=kim) == [200] * 3
        assert await statuses(api, 3, by=lu) == [200, 200, 429]
        assert await statuses(api, 3, by=stranger) == [200, 200, 429]
        assert (await api.ask(STANDING, by=kim)).json()["data"] == {"rateLimit": None}


async def test_the_address_of_an_admin_is_counted_like_any_other(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim, here = await workspace_member(), new_address()
    named = encode_id("Workspace", kim.actor.workspace_id)
    chosen = {"limits_address_cost": 2, "limits_exempt_admins_of": (named,)}
    async with limited(parts, redis, **chosen) as api:
        assert await statuses(api, 3, by=kim, address=here) == [200, 200, 429]


@pytest.mark.parametrize("wrong", ["true", str(UUID(int=1)), encode_id("Member", UUID(int=1))])
def test_what_is_no_id_of_a_workspace_exempts_nobody_and_says_so(wrong: str):
    with pytest.raises(StackError, match="is not the id of a workspace"):
        Budgets(Windows(Redis()), Settings(limits_exempt_admins_of=(wrong,)))


async def test_a_limit_of_zero_counts_nothing(parts: Parts, redis: Redis):
    chosen = {"limits_address_cost": 0, "limits_address_requests": 0}
    here = new_address()
    async with limited(parts, redis, **chosen) as api:
        assert await statuses(api, 3, address=here) == [200] * 3
        answer = await api.send("GET", "/", address=here)
    assert "ratelimit-limit" not in answer.headers


async def test_parallel_requests_never_pass_the_limit(parts: Parts, redis: Redis):
    here = new_address()
    async with limited(parts, redis, limits_address_cost=10) as api:
        answers = await asyncio.gather(*(api.ask(address=here) for _ in range(40)))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 30


async def test_two_apis_share_one_count(parts: Parts, redis: Redis, redis_url: str):
    here = new_address()
    async with (
        Redis.from_url(redis_url) as other,
        limited(parts, redis, limits_address_cost=10) as one,
        limited(parts, other, limits_address_cost=10) as two,
    ):
        answers = await asyncio.gather(*(api.ask(address=here) for api in (one, two) * 10))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 10


async def test_case_03_aliased_logins_are_counted_one_by_one(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim, here = await workspace_member(), new_address()
    half = LOGIN_PAIR.limit // 2
    tries = " ".join(
        f'a{n}: login(input: {{email: "{kim.person.email}", password: "{n}"}}) {{ accessToken }}'
        for n in range(half)
    )
    async with limited(parts, redis) as api:
        tried = [await api.ask(f"mutation {{ {tries} }}", address=here) for _ in range(2)]
        assert [answer.status_code for answer in tried] == [200, 200]
        refused = await api.log_in(kim.person.email, kim.person.password, address=here)
    assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMITED")
    assert int(refused.headers["retry-after"]) > 60


async def test_case_03_the_attempt_too_many_ends_a_document_of_many(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim, here = await workspace_member(), new_address()
    tries = " ".join(
        f'a{n}: login(input: {{email: "{kim.person.email}", password: "x"}}) {{ accessToken }}'
        for n in range(LOGIN_PAIR.limit)
    )
    async with limited(parts, redis) as api:
        await api.log_in(kim.person.email, address=here)
        refused = await api.ask(f"mutation {{ {tries} }}", address=here)
        assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMITED")
        assert refused.json()["data"] is None


async def test_a_known_and_an_unknown_account_are_refused_with_the_same_words(
    parts: Parts, redis: Redis, workspace_member: MakeMember
):
    kim = await workspace_member()
    answers = []
    async with limited(parts, redis) as api:
        for email in (kim.person.email, "nobody-at-all@example.test"):
            here = new_address()
            for _ in range(LOGIN_PAIR.limit):
                await api.log_in(email, address=here)
            answers.append(await api.log_in(email, address=here))
    known, unknown = (answer.json()["errors"][0] for answer in answers)
    assert known["extensions"]["code"] == unknown["extensions"]["code"] == "RATE_LIMITED"
    assert known["message"] == unknown["message"]
    assert [answer.status_code for answer in answers] == [429, 429]
