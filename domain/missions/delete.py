"""Delete a mission; its rows and the history of its runs stay."""

from dataclasses import dataclass
from uuid import UUID

from domain.missions import repository
from domain.missions.create import EDIT
from domain.missions.models import Mission
from domain.shared.actor import Actor
from domain.shared.audit import deleted
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.shared.versions import require_version


@dataclass(frozen=True, slots=True)
class DeleteMission:
    """Which mission; without `expected_version` whatever it has become."""

    mission_id: UUID
    expected_version: int | None = None


async def delete_mission(uow: UnitOfWork, actor: Actor, command: DeleteMission) -> Mission:
    """Delete a mission of which no run is open.

    Raises:
        Forbidden: the actor may not edit missions.
        NotFound: there is no such mission for this actor.
        Conflict: a run is open, or the mission is not at the expected version.
    """
    actor.require(EDIT)
    mission = await repository.lock_mission(uow.session, actor.workspace_id, command.mission_id)
    if mission is None:
        raise NotFound("The mission", field=("id",))
    require_version("The mission", mission.version, command.expected_version)
    run = await repository.find_open_run(uow.session, actor.workspace_id, mission.id)
    if run is not None:
        raise Conflict("A run of this mission is still open; cancel it first.", field=("id",))
    await repository.bury(uow.session, mission)
    uow.audit(deleted("mission.delete", actor, mission))
    return mission
