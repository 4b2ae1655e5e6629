"""What a parent does when a child moved: tell its listeners, let the next begin, end when all have."""

from uuid import UUID

from domain.executions.records import Moved
from domain.executions.rules import decide_parent_status
from domain.executions.states import TERMINAL, Status
from domain.executions.tree import repository
from domain.shared.database import JsonObject
from domain.shared.jobs import Wake
from domain.shared.live import execution_topic
from domain.shared.unit_of_work import UnitOfWork


def describe_child(child: Moved, **more: object) -> JsonObject:
    """What a parent's stream says of a child."""
    return {
        "execution_id": str(child.id),
        "subject_id": None if child.subject_id is None else str(child.subject_id),
        "title": child.title,
        "status": child.status.value,
        **more,
    }


async def tell_parent(uow: UnitOfWork, parent_id: UUID, kind: str, data: JsonObject) -> None:
    """Append one event to the parent's stream."""
    told = await repository.tell_parent(uow.session, parent_id, kind, data)
    if told is not None:
        uow.signal(execution_topic(parent_id), told[0].seq)


async def settle_parent(uow: UnitOfWork, child: Moved) -> None:
    """Follow a child that has ended; ends the parent, and its parents, when it was the last."""
    if child.parent_id is None or child.status not in TERMINAL:
        return
    data = describe_child(child)
    told = await repository.tell_parent(
        uow.session, child.parent_id, "child.finished", data, ended=1
    )
    if told is None:
        return
    parent, open_children, cancel_requested = told
    uow.signal(execution_topic(parent.id), parent.seq)
    if child.lane is not None and not cancel_requested:
        await schedule_next(uow, parent.id, child.lane)
    if open_children <= 0:
        await end_parent(uow, parent.id, cancel_requested=cancel_requested)


async def schedule_next(uow: UnitOfWork, parent_id: UUID, lane: UUID) -> None:
    """Let the next of a lane begin, if one waits."""
    following = await repository.schedule_next(uow.session, parent_id, lane)
    if following is None:
        return
    moved, queue = following
    if queue:
        uow.wake(Wake(queue, moved.id))
    uow.signal(execution_topic(moved.id), moved.seq)
    await tell_parent(uow, parent_id, "child.scheduled", describe_child(moved))


async def end_parent(uow: UnitOfWork, parent_id: UUID, *, cancel_requested: bool) -> None:
    """End a parent all of whose children have ended, by what became of them."""
    children = await repository.count_children(uow.session, parent_id)
    if any(status not in TERMINAL for status in children):
        return
    status = decide_parent_status(children, cancel_requested=cancel_requested)
    good = children.get(Status.SUCCEEDED, 0)
    total = sum(children.values())
    message = None if status is Status.SUCCEEDED else f"{good} of {total} succeeded."
    counts: JsonObject = {state.value: number for state, number in children.items()}
    ended = await repository.end_unleased(
        uow.session,
        [parent_id],
        status,
        output={"children": counts},
        error_code=None if status is Status.SUCCEEDED else f"CHILDREN_{status.value.upper()}",
        error_message=message,
    )
    for parent in ended:
        uow.signal(execution_topic(parent.id), parent.seq)
        await settle_parent(uow, parent)
