"""Migrations and models describe the same database, and every revision can be taken back."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.orm import configure_mappers
from sqlalchemy.pool import NullPool

from domain.schema import metadata
from domain.shared.database import Base
from migrations.apply import configuration
from tests.fixtures.stores import Stores

pytestmark = pytest.mark.integration

MIGRATE = "import sys; from migrations import apply; getattr(apply, sys.argv[1])(sys.argv[2])"
MIGRATE_SECONDS = 60
T = TypeVar("T")

# What PostgreSQL itself says each object is, so that no difference hides behind a name.
CATALOGUE = {
    "columns": """
        SELECT c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod)
            || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
            || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
            || a.attgenerated::text || a.attidentity::text
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
}
LEFTOVERS = """
    SELECT 'relation ' || relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic_version%'
    UNION ALL SELECT 'type ' || typname FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typname NOT LIKE '%alembic_version'
    UNION ALL SELECT 'function ' || proname FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'policy ' || polname FROM pg_policy"""
UNSECURED = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
            AND a.attname = 'workspace_id' AND NOT a.attisdropped)
        AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
            AND pg_get_expr(p.polqual, p.polrelid) LIKE '%app.workspace_id%'))"""


PERSONAL = frozenset({"access_tokens", "sessions"})
"""They name a workspace, but belong to a person, who takes them along."""


@pytest.fixture
def empty_database(stores: Stores) -> Iterator[str]:
    """The owner's URL of a database nothing was done to yet."""
    yield from create_database(stores, "template1")


@pytest.fixture
def migrated_database(stores: Stores) -> Iterator[str]:
    """The owner's URL of a copy of the migrated database."""
    yield from create_database(stores, "metamorph")


def create_database(stores: Stores, template: str) -> Iterator[str]:
    name = f"copy_{uuid4().hex[:12]}"
    create = f"CREATE DATABASE {name} TEMPLATE {template} OWNER metamorph_owner"
    stores.postgres.run_sql(create, "postgres")
    yield stores.urls.owner.replace("/metamorph?", f"/{name}?")
    stores.postgres.run_sql(f"DROP DATABASE {name} WITH (FORCE)", "postgres")


def migrate(direction: str, url: str) -> None:
    """Run Alembic in a process of its own: it wants its own event loop."""
    command = [sys.executable, "-c", MIGRATE, direction, url]
    subprocess.run(command, check=True, timeout=MIGRATE_SECONDS)


def run_on(url: str, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Do one thing on one connection, committed."""

    async def connect_and_work() -> T:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.begin() as connection:
            result = await work(connection)
        await engine.dispose()
        return result

    return asyncio.run(connect_and_work())


async def read_catalogue(connection: AsyncConnection) -> dict[str, dict[str, str]]:
    """Columns, constraints and indexes by name, without Alembic's own table."""
    found: dict[str, dict[str, str]] = {}
    for kind, query in CATALOGUE.items():
        rows = await connection.execute(text(query))
        found[kind] = {name: what for name, what in rows if not name.startswith("alembic_version")}
    return found


async def read_names(connection: AsyncConnection, query: str) -> list[str]:
    return sorted((await connection.execute(text(query))).scalars())


async def create_from_models(connection: AsyncConnection) -> None:
    await connection.run_sync(metadata.create_all)


def compare(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_alembic_sees_no_difference_between_migrations_and_models(stores: Stores) -> None:
    assert run_on(stores.urls.owner, lambda c: c.run_sync(compare)) == []


def test_postgres_sees_no_difference_between_migrations_and_models(
    stores: Stores, empty_database: str
) -> None:
    run_on(empty_database, create_from_models)
    from_models = run_on(empty_database, read_catalogue)
    from_migrations = run_on(stores.urls.owner, read_catalogue)
    assert from_migrations == from_models


@pytest.mark.parametrize(
    "planted",
    [
        "ALTER TABLE missions ADD COLUMN planted integer",
        "ALTER TABLE missions ALTER COLUMN name TYPE text",
        "ALTER TABLE executions DROP CONSTRAINT ck_executions_status",
        "ALTER TABLE executions ALTER COLUMN attempt SET DEFAULT 1",
        "DROP INDEX ix_executions_due",
    ],
)
def test_a_planted_difference_is_seen(stores: Stores, migrated_database: str, planted: str) -> None:
    run_on(migrated_database, lambda c: c.execute(text(planted)))
    changed = run_on(migrated_database, read_catalogue)
    assert changed != run_on(stores.urls.owner, read_catalogue)


def test_a_table_without_its_policy_is_seen(migrated_database: str) -> None:
    run_on(migrated_database, lambda c: c.execute(text("DROP POLICY workspace ON missions")))
    found = run_on(migrated_database, lambda c: read_names(c, UNSECURED))
    assert found == ["missions"]


def test_down_to_nothing_and_up_again_ends_where_it_started(
    stores: Stores, empty_database: str
) -> None:
    migrate("upgrade", empty_database)
    migrate("downgrade", empty_database)
    assert run_on(empty_database, lambda c: read_names(c, LEFTOVERS)) == []
    migrate("upgrade", empty_database)
    again = run_on(empty_database, read_catalogue)
    assert again == run_on(stores.urls.owner, read_catalogue)


def test_every_table_of_a_workspace_is_behind_row_security(stores: Stores) -> None:
    assert run_on(stores.urls.owner, lambda c: read_names(c, UNSECURED)) == []


def test_the_roles_of_the_product_cannot_pass_row_security(stores: Stores) -> None:
    strong = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'metamorph%' AND rolname <>"
    query = f"{strong} 'metamorph_owner' AND (rolbypassrls OR rolsuper OR rolcreaterole)"
    owned = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner <>"
    assert run_on(stores.urls.owner, lambda c: read_names(c, query)) == []
    owner = f"{owned} 'metamorph_owner'"
    assert run_on(stores.urls.owner, lambda c: read_names(c, owner)) == []


def test_there_is_one_line_of_revisions() -> None:
    script = ScriptDirectory.from_config(configuration())
    assert len(script.get_heads()) == 1
    assert all(not revision.is_branch_point for revision in script.walk_revisions())


def test_no_mapped_relation_loads_by_itself() -> None:
    configure_mappers()
    lazy = [
        f"{mapper.class_.__name__}.{relation.key} (lazy={relation.lazy!r})"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.lazy != "raise"
    ]
    assert lazy == []
