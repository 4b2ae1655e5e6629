"""Reading missions: one by id, or pages of them."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.missions import repository
from domain.missions.repository import MissionFilter
from domain.shared.listing import PageQuery
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
    list_rows,
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
        found = repository.select_missions(actor.workspace_id, filtered)
        columns = repository.MISSION_ORDERS[order.field]
        return list_rows(Mission, PageQuery(found, columns, request))


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


NODES: dict[str, NodeReader] = {
    "Mission": read_mission,
    "MissionScenario": read_scenario,
    "MissionTest": read_test,
}
