"""Whether this process can serve: the database, its revision, and Redis."""

import asyncio
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.shared.database import Database
from domain.shared.errors import Unavailable
from domain.shared.repository import read_schema_state

log = structlog.get_logger()

CHECK_SECONDS = 3.0
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0

NO_DATABASE = "The database cannot be reached."
NO_REDIS = "Redis cannot be reached."
NOT_MIGRATED = "The database is at revision {found}, this code needs {needed}: migrate."


@dataclass(frozen=True)
class Stores:
    """What the process depends on.

    Attributes:
        needed_revision: The newest migration this code knows.
    """

    database: Database
    redis: Redis
    needed_revision: str

    async def find_missing(self) -> list[str]:
        """What keeps this process from serving, in sentences; empty when nothing does."""
        found = await asyncio.gather(self._check_database(), self._check_redis())
        return [sentence for sentence in found if sentence]

    async def wait_until_complete(self) -> None:
        """Say what is missing, whenever that changes, until nothing is; requests need not wait."""
        pause, said = FIRST_PAUSE_SECONDS, None
        while missing := await self.find_missing():
            if missing != said:
                log.warning("api.waiting", missing=missing)
            said = missing
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        log.info("api.ready")

    async def _check_database(self) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                state = await read_schema_state(self.database)
        except (Unavailable, TimeoutError):
            return NO_DATABASE
        if state.revision == self.needed_revision:
            return ""
        return NOT_MIGRATED.format(found=state.revision or "none", needed=self.needed_revision)

    async def _check_redis(self) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self.redis.ping()
        except (RedisError, OSError, TimeoutError):
            return NO_REDIS
        return ""
