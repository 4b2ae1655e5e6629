"""Request executions: one, or a parent with its children, in the caller's transaction.

A verb that takes an idempotency key asks `domain.executions.repeat` first: here nothing is looked
for, and a key that is taken breaks the transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from domain.executions.models import Execution
from domain.executions.repeat import KeyedRequest
from domain.executions.states import Status
from domain.executions.tree import repository
from domain.shared.actor import Actor
from domain.shared.database import JsonObject, visiting
from domain.shared.errors import Invalid
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.jobs import Wake
from domain.shared.live import execution_topic
from domain.shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class NewExecution:
    """What is to run.

    Attributes:
        queue: Which workers take it; None for what no worker carries out: parents, manual tests.
        timeout_seconds: For each attempt.
        max_attempts: How often it may fail before it has failed; lost workers do not count.
        lane: Siblings with the same lane run one after the other, by `position`.
        request: What asked for it, if that had a key: then it can be found again.
    """

    kind: str
    title: str
    input: JsonObject = field(default_factory=dict)
    subject_id: UUID | None = None
    queue: str | None = None
    timeout_seconds: float = 120
    max_attempts: int = 1
    lane: UUID | None = None
    position: int = 0
    request: KeyedRequest | None = None
    replay_of: UUID | None = None


async def request_execution(uow: UnitOfWork, actor: Actor, new: NewExecution) -> Execution:
    """Request one execution; a worker is woken after the commit."""
    status = Status.RUNNING if new.queue is None else Status.SCHEDULED
    row = _describe(new, status, parent=None)
    made = await repository.insert_tree(uow.session, actor.workspace_id, actor.user_id, [row])
    _leave(uow, [row])
    return made


async def request_for_installation(uow: UnitOfWork, new: NewExecution) -> None:
    """Request work that belongs to no team, such as a mail, in the installation's workspace."""
    row = _describe(new, Status.SCHEDULED, parent=None)
    async with visiting(uow.session, SYSTEM_WORKSPACE):
        await repository.insert_tree(uow.session, SYSTEM_WORKSPACE, None, [row])
    _leave(uow, [row])


async def request_tree(
    uow: UnitOfWork, actor: Actor, parent: NewExecution, children: Sequence[NewExecution]
) -> Execution:
    """Request a parent and its children; returns the parent, which runs until they have ended.

    Raises:
        Invalid: there are no children.
    """
    if not children:
        raise Invalid("There is nothing to run.")
    top = _describe(parent, Status.RUNNING, parent=None, open_children=len(children))
    rows = [top]
    begun: set[UUID] = set()
    events: list[JsonObject] = []
    for child in sorted(children, key=lambda one: one.position):
        waits = child.lane is not None and child.lane in begun
        if child.lane is not None:
            begun.add(child.lane)
        begins = Status.RUNNING if child.queue is None else Status.SCHEDULED
        row = _describe(child, Status.REQUESTED if waits else begins, parent=top)
        rows.append(row)
        if not waits:
            events.append(_describe_child("child.scheduled", row))
    top["events"] = [*_first_events(Status.RUNNING), *events]
    made = await repository.insert_tree(uow.session, actor.workspace_id, actor.user_id, rows)
    _leave(uow, rows)
    return made


def _describe(
    new: NewExecution, status: Status, *, parent: JsonObject | None, open_children: int = 0
) -> JsonObject:
    identity = new_id()
    return {
        "id": identity,
        "kind": new.kind,
        "queue": new.queue,
        "title": new.title,
        "subject_id": new.subject_id,
        "status": status.value,
        "parent_id": None if parent is None else parent["id"],
        "root_id": identity if parent is None else parent["root_id"],
        "lane": new.lane,
        "position": new.position,
        "open_children": open_children,
        "replay_of": new.replay_of,
        "input": new.input,
        "max_attempts": new.max_attempts,
        "timeout_seconds": new.timeout_seconds,
        **_describe_request(new.request),
        "events": _first_events(status),
    }


def _describe_request(request: KeyedRequest | None) -> JsonObject:
    if request is None:
        return {}
    return {
        "idempotency_operation": request.operation,
        "idempotency_key": request.key,
        # As PostgreSQL reads bytes from the text of a JSON document.
        "idempotency_digest": f"\\x{request.digest.hex()}",
    }


def _first_events(status: Status) -> list[JsonObject]:
    kinds = [("execution.requested", Status.REQUESTED)]
    if status is not Status.REQUESTED:
        kinds.append(("execution.scheduled", Status.SCHEDULED))
    if status is Status.RUNNING:
        kinds.append(("execution.started", Status.RUNNING))
    return [{"kind": kind, "data": {"status": state.value}} for kind, state in kinds]


def _describe_child(kind: str, row: JsonObject) -> JsonObject:
    data = {
        "execution_id": row["id"],
        "subject_id": row["subject_id"],
        "title": row["title"],
        "status": row["status"],
    }
    return {"kind": kind, "data": data}


def _leave(uow: UnitOfWork, rows: Sequence[JsonObject]) -> None:
    """Tell workers and whoever follows."""
    for row in rows:
        if row["status"] == Status.SCHEDULED.value and isinstance(row["queue"], str):
            uow.wake(Wake(row["queue"], UUID(str(row["id"]))))
    uow.signal(execution_topic(UUID(str(rows[0]["id"]))))
