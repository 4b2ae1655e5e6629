"""Replay an execution that has ended: a new one with the same input, linked to the old."""

from uuid import UUID

from domain.executions.models import Execution
from domain.executions.repeat import find_earlier, read_key
from domain.executions.request import NewExecution, request_execution
from domain.executions.states import TERMINAL
from domain.executions.tree import repository
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork

REPLAY = "execution.replay"
"""The permission, and what the verb is called."""


async def replay_execution(
    uow: UnitOfWork, actor: Actor, execution_id: UUID, *, idempotency_key: str | None = None
) -> Execution:
    """Request the same work again. Terminal states never change: the old execution stays.

    Raises:
        Forbidden: the actor may not replay.
        NotFound: there is no such execution in the workspace.
        Conflict: it has not ended, or it is a run of several: start or retry that instead.
        Invalid: the idempotency key was used with other arguments, or is no key.
    """
    actor.require(REPLAY)
    request = read_key(REPLAY, idempotency_key, {"id": execution_id})
    earlier = await find_earlier(uow, actor, request)
    if earlier is not None:
        return earlier
    old = await repository.read_execution(uow.session, execution_id)
    if old is None or old.workspace_id != actor.workspace_id:
        raise NotFound("The execution", field=("id",))
    if old.status not in TERMINAL:
        raise Conflict("It has not ended yet. Wait for its end, or cancel it first.")
    if old.queue is None:
        raise Conflict("Only single executions can be replayed. Start or retry the run instead.")
    new = NewExecution(
        kind=old.kind,
        title=old.title,
        input=old.input,
        subject_id=old.subject_id,
        queue=old.queue,
        timeout_seconds=old.timeout_seconds,
        max_attempts=old.max_attempts,
        replay_of=old.id,
        request=request,
    )
    made = await request_execution(uow, actor, new)
    told = {"execution_id": made.id}
    uow.audit(Entry(REPLAY, actor, Entity.of(old), after=told))
    return made
