"""What the database holds anywhere, past every policy and whatever the column."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from tests.fixtures.database import Databases

TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")


async def find_in_tables(databases: Databases, *words: str) -> list[str]:
    """The tables in which any row holds any of the words, as text or as bytes."""
    sought = [*words, *(word.encode().hex() for word in words)]
    found = []
    async with as_owner(databases) as connection:
        for table in (await connection.execute(TABLES)).scalars().all():
            rows = (await connection.execute(text(f"SELECT t::text FROM {table} t"))).scalars()
            if any(word in row for row in rows for word in sought):
                found.append(table)
    return found


@asynccontextmanager
async def as_owner(databases: Databases) -> AsyncIterator[AsyncConnection | AsyncSession]:
    """A connection that no policy binds, also where a test has only one."""
    if databases.urls is not None:
        async with databases.owner.connect() as connection:
            yield connection
        return
    async with databases.app.session() as session:
        await session.execute(text("RESET ROLE"))
        yield session
