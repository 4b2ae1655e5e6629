"""Alembic's entry: one connection of the owner's role, one transaction per upgrade."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from domain.schema import metadata
from domain.shared.settings import Settings

MIGRATION_LOCK = 0x6D657461
"""Advisory lock: two processes that migrate at once wait for each other."""


def run_migrations(connection: Connection) -> None:
    """Apply what was asked for on `connection`."""
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.run_migrations()


async def connect_and_run(url: str) -> None:
    """Open the owner's connection and migrate."""
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run_migrations)
    await engine.dispose()


def owner_url() -> str:
    """The URL given by the caller, else the setting."""
    return context.config.attributes.get("url") or Settings().owner_database_url


if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql", target_metadata=metadata, literal_binds=True, as_sql=True
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(connect_and_run(owner_url()))
