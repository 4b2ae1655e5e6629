"""Cancel an execution and everything below it, or all there is in a workspace."""

from uuid import UUID

from domain.executions.models import Execution
from domain.executions.states import Status
from domain.executions.tree import repository
from domain.executions.tree.settle import end_parent, settle_parent
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.errors import NotFound
from domain.shared.events import DomainEvent
from domain.shared.live import CANCEL_TOPIC, execution_topic
from domain.shared.unit_of_work import UnitOfWork

CANCEL = "execution.cancel"


async def cancel_execution(uow: UnitOfWork, actor: Actor, execution_id: UUID) -> Execution:
    """End what waits at once, and ask the workers of what runs to stop it.

    What has ended stays as it is; to cancel it is no error. Workers get the signal at once, and
    see the request with their next heartbeat if the signal is lost.

    Raises:
        Forbidden: the actor may not cancel.
        NotFound: there is no such execution in the workspace.
    """
    actor.require(CANCEL)
    session = uow.session
    asked = await cancel_tree(uow, actor.workspace_id, execution_id)
    execution = await repository.read_execution(session, execution_id)
    if execution is None or execution.workspace_id != actor.workspace_id:
        raise NotFound("The execution", field=("id",))
    if asked:
        told = {"status": execution.status, "executions": asked}
        uow.audit(Entry("execution.cancel", actor, Entity.of(execution), after=told))
    return execution


async def cancel_tree(uow: UnitOfWork, workspace_id: UUID, execution_id: UUID) -> int:
    """End what waits in a tree, and ask workers to stop what runs; return how many were asked."""
    session = uow.session
    tree = await repository.lock_open_tree(session, workspace_id, execution_id)
    asked = await repository.ask_cancel(session, [one for one, _, _ in tree])
    for one, seq in asked.items():
        uow.signal(execution_topic(one), seq)
    waiting = [one for one, leased, is_parent in tree if not leased and not is_parent]
    for ended in await repository.end_unleased(session, waiting, Status.CANCELED):
        uow.signal(execution_topic(ended.id), ended.seq)
        await settle_parent(uow, ended)
    for parent in [one for one, leased, is_parent in tree if is_parent and not leased]:
        if await repository.recount_open_children(session, parent) == 0:
            await end_parent(uow, parent, cancel_requested=True)
    if any(leased for _, leased, _ in tree):
        uow.signal(CANCEL_TOPIC)
    return len(asked)


async def cancel_all(uow: UnitOfWork, event: DomainEvent) -> None:
    """Cancel everything that is open in a workspace that was deleted."""
    for root in await repository.find_open_roots(uow.session, event.workspace_id):
        await cancel_tree(uow, event.workspace_id, root)
