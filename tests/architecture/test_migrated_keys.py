"""Idempotency keys from before they belonged to operations are forgotten, and no execution is."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from migrations import apply
from tests.architecture.test_migrations import create_database, read_names, run_on
from tests.fixtures.stores import Stores

pytestmark = pytest.mark.integration

BEFORE, AFTER = "0015", "0016"
TEAM, KIM = UUID(int=1), UUID(int=11)
PEOPLE = (
    f"INSERT INTO workspaces (id, name, slug) VALUES ('{TEAM}', 'Team', 'team')",
    "INSERT INTO users (id, email, display_name, password_hash)"
    f" VALUES ('{KIM}', 'kim@x.test', 'Kim', '-')",
)
KEYS = "SELECT coalesce(idempotency_key, 'none') FROM executions"


def insert(number: int, key: str, **others: str) -> str:
    """An execution with a key, and what else tells its request."""
    columns = "".join(f", {name}" for name in ("idempotency_key", *others))
    values = "".join(f", '{value}'" for value in (key, *others.values()))
    identity = UUID(int=100 + number)
    return (
        "INSERT INTO executions (id, root_id, workspace_id, created_by, kind, title, status, input,"
        f" timeout_seconds{columns}) VALUES ('{identity}', '{identity}', '{TEAM}', '{KIM}', 'probe',"
        f" 'Probe', 'succeeded', '{{}}', 30{values})"
    )


async def run(connection: AsyncConnection, *statements: str) -> None:
    for statement in statements:
        await connection.execute(text(statement.replace(":", r"\:")))


@pytest.fixture
def old_database(stores: Stores) -> Iterator[str]:
    """The owner's URL of a database at the revision before, with one key."""
    for url in create_database(stores, "template1"):
        apply.upgrade(url, BEFORE)
        run_on(url, lambda c: run(c, *PEOPLE, insert(1, "monday")))
        yield url


def test_a_key_of_no_operation_is_forgotten(old_database: str):
    apply.upgrade(old_database, AFTER)
    assert run_on(old_database, lambda c: read_names(c, KEYS)) == ["none"]


def test_the_way_back_is_open_when_two_operations_have_the_same_key(old_database: str):
    apply.upgrade(old_database, AFTER)
    two = [
        insert(number, "monday", idempotency_operation=operation, idempotency_digest="x")
        for number, operation in ((2, "mission.start"), (3, "mission.retry"))
    ]
    run_on(old_database, lambda c: run(c, *two))
    apply.downgrade(old_database, BEFORE)
    assert run_on(old_database, lambda c: read_names(c, KEYS)) == ["none"] * 3
