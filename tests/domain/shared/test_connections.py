"""Connections are lent one statement at a time, and none is lost whatever happens to a statement."""

import asyncio

import asyncpg
import pytest

from domain.shared import connections
from domain.shared.connections import Connections
from domain.shared.reads import Record
from tests.fixtures.database import Databases

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

BACKEND = "SELECT pg_backend_pid() AS pid"


@pytest.fixture
async def two(databases: Databases):
    """Two connections at most."""
    url = databases.urls.app.replace("+asyncpg", "")
    opened = Connections(lambda: asyncpg.connect(url), 2)
    yield opened
    await opened.close()


async def read_pid(opened: Connections) -> int:
    return (await opened.fetch(BACKEND, [], Record))[0].pid


async def test_statements_that_follow_each_other_share_a_connection(two: Connections):
    assert len({await read_pid(two) for _ in range(5)}) == 1


async def test_many_statements_at_once_take_no_more_than_there_are(two: Connections):
    pids = await asyncio.gather(*(read_pid(two) for _ in range(20)))
    assert len(set(pids)) == 2


async def test_a_statement_that_is_wrong_costs_no_connection(two: Connections):
    first = await read_pid(two)
    for sql, values in (("SELECT 1/0", []), ("SELECT $1::int", ["no number"])):
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await two.fetch(sql, values, Record)
    assert await read_pid(two) == first


async def test_a_statement_that_is_interrupted_leaves_its_place_to_another(two: Connections):
    for _ in range(4):
        asking = asyncio.create_task(two.fetch("SELECT pg_sleep(60)", [], Record))
        await asyncio.wait([asking], timeout=0.1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert len(set(await asyncio.gather(*(read_pid(two) for _ in range(10))))) == 2


async def test_connections_that_the_server_ended_are_opened_again(two: Connections):
    pids = {*await asyncio.gather(*(read_pid(two) for _ in range(8)))}
    asking = asyncio.create_task(two.fetch("SELECT pg_sleep(60)", [], Record))
    await asyncio.wait([asking], timeout=0.1)
    await two.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid = ANY($1) AND pid <> pg_backend_pid()",
        [list(pids)],
        Record,
    )
    with pytest.raises(asyncpg.PostgresError):
        await asking
    assert len(set(await asyncio.gather(*(read_pid(two) for _ in range(10))))) == 2


async def test_whoever_waits_too_long_is_told_and_takes_nothing_with_him(
    two: Connections, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connections, "PATIENCE_SECONDS", 0.05)
    busy = [asyncio.create_task(two.fetch("SELECT pg_sleep(0.3)", [], Record)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await read_pid(two)
    await asyncio.gather(*busy)
    assert len(set(await asyncio.gather(*(read_pid(two) for _ in range(2))))) == 2


async def test_a_server_that_cannot_be_reached_takes_no_place():
    tried = Connections(lambda: asyncpg.connect(host="/nonexistent", database="x"), 1)
    for _ in range(3):
        with pytest.raises(OSError):
            await tried.fetch("SELECT 1", [], Record)
