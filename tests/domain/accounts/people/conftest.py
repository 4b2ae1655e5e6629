"""People who register, prove themselves and leave, and the mails they get."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from domain.accounts.attempts import CountedAttempts
from domain.accounts.sessions import Authority
from domain.shared.windows import Windows
from tests.domain.accounts.people.someone import House
from tests.factories.mails import Postbox
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember


@pytest.fixture
def postbox(databases: Databases, authority: Authority) -> Postbox:
    """What was mailed to whom in this test."""
    return Postbox(databases, authority)


@pytest.fixture
def house(postbox: Postbox, workspace_member: MakeMember) -> House:
    """An installation where people come and go."""
    return House(postbox, workspace_member)


@pytest.fixture
async def strict(house: House, redis_url: str) -> AsyncIterator[House]:
    """The same house with limits that count."""
    redis = Redis.from_url(redis_url)
    windows = Windows(redis, patience_seconds=5, clock=house.authority.clock)
    yield house.limited(CountedAttempts(windows))
    await redis.aclose()
