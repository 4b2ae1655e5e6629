"""Redis is killed, frozen or restarted while people work: reading goes on, guessing does not."""

import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from api.app import Parts
from api.stack.redis import EmbeddedRedis
from domain.shared.windows import PATIENCE_SECONDS, PAUSE_SECONDS
from tests.api.limited import CHEAP, Limited, code_of, limited, new_address
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember
from tests.support.plain import NOBODY
from tests.support.serving import serve_api

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

BUSY_SECONDS = 1.5
"""What this machine may take for a request besides, when others use it too."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of the test's own."""
    server = EmbeddedRedis(tmp_path / "own-redis", durable=False)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        server.remove()


@pytest.fixture
async def redis(server: EmbeddedRedis) -> AsyncIterator[Redis]:
    """A connection to it, as the API makes one."""
    async with Redis.from_url(server.start(), socket_connect_timeout=2) as connection:
        yield connection


@pytest.fixture
async def api(parts: Parts, redis: Redis) -> AsyncIterator[Limited]:
    """As patient as in production."""
    async with limited(parts, redis, PATIENCE_SECONDS, limits_address_cost=1_000) as made:
        await made.ask()
        yield made


@contextmanager
def frozen(server: EmbeddedRedis) -> Iterator[None]:
    """A server that takes connections and never answers."""
    assert server.pid is not None
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


async def test_without_redis_reading_goes_on_with_one_line_in_the_log(
    api: Limited, server: EmbeddedRedis
):
    server.stop()
    with capture_logs() as lines:
        answers = [await api.ask() for _ in range(20)]
    assert [answer.status_code for answer in answers] == [200] * 20
    assert "ratelimit-limit" not in answers[-1].headers
    assert [line["event"] for line in lines].count("limits.waits") == 1


async def test_without_redis_signing_in_is_refused(
    api: Limited, server: EmbeddedRedis, workspace_member: MakeMember
):
    kim = await workspace_member()
    server.stop()
    answers = [await api.log_in(kim.person.email, kim.person.password) for _ in range(2)]
    for answer in answers:
        assert (answer.status_code, code_of(answer)) == (503, "UNAVAILABLE")
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["data"] is None


async def test_a_frozen_redis_costs_one_request_its_patience_and_the_others_nothing(
    api: Limited, server: EmbeddedRedis
):
    with frozen(server):
        begun = time.monotonic()
        assert (await api.ask()).status_code == 200
        assert time.monotonic() - begun < PATIENCE_SECONDS + BUSY_SECONDS
        begun = time.monotonic()
        answers = [await api.ask() for _ in range(40)]
        assert time.monotonic() - begun < PATIENCE_SECONDS + PAUSE_SECONDS + BUSY_SECONDS
    assert [answer.status_code for answer in answers] == [200] * 40


async def test_a_redis_that_does_not_even_shake_hands_costs_no_more(
    parts: Parts, server: EmbeddedRedis
):
    async with Redis.from_url(server.start()) as new:
        with frozen(server):
            async with limited(parts, new, PATIENCE_SECONDS) as api:
                begun = time.monotonic()
                answers = [await api.ask() for _ in range(3)]
                assert time.monotonic() - begun < PATIENCE_SECONDS + BUSY_SECONDS
    assert [answer.status_code for answer in answers] == [200] * 3


async def test_a_frozen_redis_does_not_let_anybody_guess(api: Limited, server: EmbeddedRedis):
    with frozen(server):
        answers = [await api.log_in("kim@example.test") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503] * 3


async def test_when_redis_is_back_limits_hold_again(api: Limited, server: EmbeddedRedis):
    server.stop()
    assert "ratelimit-limit" not in (await api.ask()).headers
    server.start()
    deadline = time.monotonic() + 20
    with capture_logs() as lines:
        while "ratelimit-limit" not in (await api.ask()).headers:
            assert time.monotonic() < deadline, "limits never came back"
    assert [line["event"] for line in lines].count("limits.back") == 1


async def test_who_is_in_is_in_even_if_redis_leaves_at_that_moment(
    api: Limited, server: EmbeddedRedis, workspace_member: MakeMember, monkeypatch
):
    kim = await workspace_member()
    verify = api.passwords.verify

    async def verify_and_leave(*given: object) -> bool:
        server.stop()
        return await verify(*given)

    monkeypatch.setattr(api.passwords, "verify", verify_and_leave)
    answer = await api.log_in(kim.person.email, kim.person.password)
    assert answer.status_code == 200
    assert answer.json()["data"]["login"]["accessToken"]


@pytest.mark.no_rollback
def test_two_processes_share_one_count(databases: Databases, redis_url: str, tmp_path: Path):
    chosen = {
        "limits_address_cost": "12",
        "limits_patience_seconds": "5",
        "trusted_proxies": "127.0.0.1",
    }
    here = {"X-Forwarded-For": new_address()}
    with (
        serve_api(databases, redis_url, tmp_path, **chosen) as one,
        serve_api(databases, redis_url, tmp_path, **chosen) as two,
        httpx.Client(timeout=30, verify=NOBODY) as http,
    ):
        body = {"query": CHEAP}
        tried = [
            http.post(f"{api.url}/graphql", json=body, headers=here).status_code
            for api in (one, two) * 7
        ]
        assert tried == [200] * 12 + [429] * 2
