"""Cancel a run of a mission with everything in it that has not ended."""

from dataclasses import dataclass
from uuid import UUID

from domain.executions.cancel import cancel_execution
from domain.executions.models import Execution
from domain.missions import repository
from domain.shared.actor import Actor
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork

CANCEL = "execution.cancel"


@dataclass(frozen=True, slots=True)
class CancelRun:
    """Which run."""

    run_id: UUID


async def cancel_run(uow: UnitOfWork, actor: Actor, command: CancelRun) -> Execution:
    """Ask for a run to be canceled; one that has ended already stays as it is.

    Raises:
        Forbidden: the actor may not cancel executions.
        NotFound: there is no such run for this actor.
    """
    actor.require(CANCEL)
    run = await repository.read_run(uow.session, actor.workspace_id, command.run_id)
    if run is None:
        raise NotFound("The run", field=("id",))
    return await cancel_execution(uow, actor, run.id)
