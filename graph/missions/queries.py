"""Reading missions: one by id, or pages of them."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.missions import models, repository
from domain.missions.repository import MissionFilter
from domain.shared.paging import Key
from graph.missions.enums import MissionOrder
from graph.missions.inputs import MissionFilterInput, MissionOrderInput
from graph.missions.types import Mission, MissionScenario, MissionTest
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.nodes import NodeReader
from graph.support.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    make_connection,
    request_page,
)
from graph.support.targets import identify

READ = "mission.read"
FILTER = strawberry.argument(name="filter")


@strawberry.type
class MissionQueries:
    """Root fields."""

    @described("A mission; null when there is none for the caller.")
    async def mission(self, info: Info, identity: Id) -> Mission | None:
        """One by its id."""
        return await read_mission(info.context, identify(identity, "Mission"))

    @described("Missions, the newest first unless ordered otherwise.")
    async def missions(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        wanted: Annotated[MissionFilterInput | None, FILTER] = None,
        order_by: MissionOrderInput | None = None,
    ) -> Connection[Mission]:
        """A page of them."""
        actor = await info.context.actor()
        actor.require(READ)
        order = order_by or MissionOrderInput()
        request = request_page(
            first=first,
            after=after,
            last=last,
            before=before,
            descending=order.direction.descending,
        )
        filtered = wanted.to_filter() if wanted else MissionFilter()
        workspace = actor.workspace_id
        async with info.context.reading() as session:
            page = await repository.page_missions(
                session, workspace, filtered, order.field, request
            )

        async def count() -> int:
            async with info.context.reading() as session:
                return await repository.count_missions(session, workspace, filtered)

        return make_connection(page, Mission.from_row, lambda row: key_of(row, order.field), count)


async def read_mission(context: Context, identity: UUID) -> Mission | None:
    """A mission, for whoever may see missions."""
    (await context.actor()).require(READ)
    row = await context.load(repository.read_missions, identity)
    return None if row is None else Mission.from_row(row)


async def read_scenario(context: Context, identity: UUID) -> MissionScenario | None:
    """A scenario of a mission, for whoever may see missions."""
    (await context.actor()).require(READ)
    row = await context.load(repository.read_scenarios_by_id, identity)
    return None if row is None else MissionScenario.from_row(row)


async def read_test(context: Context, identity: UUID) -> MissionTest | None:
    """A test of a mission, for whoever may see missions."""
    (await context.actor()).require(READ)
    row = await context.load(repository.read_tests, identity)
    return None if row is None else MissionTest.from_row(row)


def key_of(row: models.Mission, order: MissionOrder) -> Key:
    """The place of a row in a list that is sorted so."""
    values = {
        MissionOrder.CREATED_AT: row.created_at,
        MissionOrder.UPDATED_AT: row.updated_at,
        MissionOrder.NAME: row.name,
    }
    return (values[order], row.id)


NODES: dict[str, NodeReader] = {
    "Mission": read_mission,
    "MissionScenario": read_scenario,
    "MissionTest": read_test,
}
