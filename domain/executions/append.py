"""Append a worker's events to the stream of what it holds."""

from collections.abc import Sequence

from domain.executions import repository
from domain.executions.records import Claim, Held, NewEvent
from domain.executions.tree.settle import tell_parent
from domain.shared.database import JsonObject
from domain.shared.live import execution_topic
from domain.shared.unit_of_work import UnitOfWork


async def append_events(
    uow: UnitOfWork, claim: Claim, events: Sequence[NewEvent], progress: JsonObject | None = None
) -> bool:
    """Append `events`; `progress` is what the parent's stream says of it, if there is a parent.

    Returns False when the worker was replaced.
    """
    seq = await repository.append_events(uow.session, Held(claim.id, claim.attempt), events)
    if seq is None:
        return False
    uow.signal(execution_topic(claim.id), seq)
    if claim.parent_id is not None and progress is not None:
        data: JsonObject = {
            "execution_id": str(claim.id),
            "subject_id": None if claim.subject_id is None else str(claim.subject_id),
            "title": claim.title,
            "status": "running",
            **progress,
        }
        await tell_parent(uow, claim.parent_id, "child.progress", data)
    return True
