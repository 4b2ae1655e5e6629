"""A schema of missions, templates and executions, and somebody who asks it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import strawberry
from redis.asyncio import Redis

from domain.shared.live import LiveSignals
from graph.executions.mutations import ExecutionMutations
from graph.missions.mutations import MissionMutations
from graph.missions.queries import MissionQueries
from graph.missions.sealing import SEALER as SEALER_NAME
from graph.missions.subscriptions import MissionSubscriptions
from graph.support.context import Context
from tests.factories.missions import SEALER
from tests.factories.workspaces import Tenant
from tests.graph.asking import Asker, SignalOutlet, ToldSignIn


@strawberry.type
class Mutation(MissionMutations, ExecutionMutations):
    """What can be changed here."""


SCHEMA = strawberry.Schema(MissionQueries, Mutation, MissionSubscriptions)


@dataclass
class MissionAsker(Asker):
    """Somebody whose server can seal secrets."""

    def context(self, sign_in: ToldSignIn | None = None) -> Context:
        """The context of one operation."""
        context = super().context(sign_in)
        context.extras = {**context.extras, SEALER_NAME: SEALER}
        return context


@pytest.fixture
async def asker(tenant: Tenant, redis_url: str, tmp_path: Path) -> AsyncIterator[MissionAsker]:
    """The admin, with signals through a real Redis."""
    redis = Redis.from_url(redis_url)
    live = LiveSignals(redis)
    await live.start()
    yield MissionAsker(SCHEMA, tenant, live, tmp_path, SignalOutlet(redis))
    await live.stop()
    await redis.aclose()
