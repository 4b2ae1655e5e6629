"""What elements were remembered as, kept near for the next run: a copy that cannot be stale.

A version of an element never changes, so a copy of it is right for ever; which version is the
newest, and whether it may be used, PostgreSQL alone says. Without Redis everything is read there.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.shared.database import JsonObject

log = structlog.get_logger()

KEPT_SECONDS: Final = 86_400
"""After that a copy is forgotten, and made anew when somebody asks."""
PATIENCE_SECONDS: Final = 0.5
_PREFIX: Final = "metamorph:elements"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an element. After a database was taken back to an earlier day, its numbers are
    given out again, but not its moments."""

    element_id: UUID
    number: int
    made_at: datetime


class HotElements(Protocol):
    """Keeps copies of versions."""

    async def get(
        self, workspace_id: UUID, wanted: Sequence[Version]
    ) -> Mapping[Version, JsonObject]:
        """Copies of those that are there; nobody else's than this workspace's."""
        ...

    async def keep(self, workspace_id: UUID, copies: Mapping[Version, JsonObject]) -> None:
        """Keep copies for the next who asks."""
        ...


class NoHotElements:
    """Keeps nothing."""

    async def get(
        self, workspace_id: UUID, wanted: Sequence[Version]
    ) -> Mapping[Version, JsonObject]:
        """None."""
        return {}

    async def keep(self, workspace_id: UUID, copies: Mapping[Version, JsonObject]) -> None:
        """Nothing to do."""


class RedisElements:
    """Keeps copies in Redis for a day; one round trip either way."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def get(
        self, workspace_id: UUID, wanted: Sequence[Version]
    ) -> Mapping[Version, JsonObject]:
        """Copies of those that are there; none where Redis is away or slow."""
        if not wanted:
            return {}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await self._redis.mget([_key(workspace_id, one) for one in wanted])
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("elements.hot_away", error=str(error))
            return {}
        copies = zip(wanted, map(_read, found), strict=True)
        return {one: copy for one, copy in copies if copy is not None}

    async def keep(self, workspace_id: UUID, copies: Mapping[Version, JsonObject]) -> None:
        """Keep copies; where Redis is away they are read from PostgreSQL again next time."""
        try:
            async with (
                asyncio.timeout(PATIENCE_SECONDS),
                self._redis.pipeline(transaction=False) as pipe,
            ):
                for one, copy in copies.items():
                    pipe.set(_key(workspace_id, one), orjson.dumps(copy), ex=KEPT_SECONDS)
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("elements.hot_away", error=str(error))


def _key(workspace_id: UUID, version: Version) -> str:
    made_at = version.made_at.timestamp()
    return f"{_PREFIX}:{workspace_id}:{version.element_id}:{version.number}:{made_at}"


def _read(copy: bytes | str | None) -> JsonObject | None:
    """A copy; what is none is not there."""
    if copy is None:
        return None
    try:
        value = orjson.loads(copy)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
