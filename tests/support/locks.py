"""Races made certain: wait until another transaction really waits for ours."""

import asyncio

from sqlalchemy import text

from tests.fixtures.database import Databases

POLL_SECONDS = 0.01
MAX_POLLS = 500


async def until_somebody_waits(databases: Databases) -> None:
    """Return once a statement in this test's own database waits for a lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(MAX_POLLS):
        async with databases.app.session() as session:
            if await session.scalar(waiting):
                return
        await asyncio.sleep(POLL_SECONDS)
    raise TimeoutError("nobody waits for a lock")
