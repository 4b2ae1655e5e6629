"""Reading missions: one by id, or pages of them."""

from uuid import UUID

import strawberry

from domain.missions import repository
from graph.missions.inputs import MissionFilterInput, MissionOrderInput
from graph.missions.types import Mission, MissionScenario, MissionTest
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.lists import listed
from graph.support.nodes import NodeReader
from graph.support.paging import Connection
from graph.support.targets import identify

READ = "mission.read"


@strawberry.type
class MissionQueries:
    """Root fields."""

    @described("A mission; null when there is none for the caller.")
    async def mission(self, info: Info, identity: Id) -> Mission | None:
        """One by its id."""
        return await read_mission(info.context, identify(identity, "Mission"))

    missions: Connection[Mission] = listed(
        repository.MISSIONS,
        MissionFilterInput,
        MissionOrderInput,
        permission=READ,
        description="Missions, the newest first unless ordered otherwise.",
    )


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
