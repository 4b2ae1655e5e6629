"""Claim due executions for one worker, and keep or lose what was claimed."""

from collections.abc import Sequence
from uuid import UUID

from domain.executions import repository
from domain.executions.records import Claim, Held, Moved
from domain.executions.states import Status
from domain.executions.tree.settle import describe_child, tell_parent
from domain.shared.live import execution_topic
from domain.shared.unit_of_work import UnitOfWork


async def claim_due(
    uow: UnitOfWork, *, queue: str, worker: str, lease_seconds: float, limit: int
) -> list[Claim]:
    """Claim up to `limit` executions; a message that comes twice finds nothing left to claim."""
    claims = await repository.claim(
        uow.session, queue=queue, worker=worker, lease_seconds=lease_seconds, limit=limit
    )
    for one in sorted(
        claims, key=lambda one: str(one.parent_id)
    ):  # parents in one order: no deadlock
        uow.signal(execution_topic(one.id), one.seq)
        if one.parent_id is not None:
            child = Moved(
                one.id,
                one.workspace_id,
                Status.RUNNING,
                one.parent_id,
                None,
                one.subject_id,
                one.title,
                one.seq,
            )
            data = describe_child(child, attempt=one.attempt)
            await tell_parent(uow, one.parent_id, "child.started", data)
    return claims


async def keep_leases(
    uow: UnitOfWork, held: Sequence[Held], *, lease_seconds: float
) -> dict[UUID, bool]:
    """Extend leases. What is missing in the answer was taken away; True means: cancel it."""
    return await repository.extend_leases(uow.session, held, lease_seconds=lease_seconds)
