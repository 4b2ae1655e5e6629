"""The SQL that reads executions, their attempts and their events; nothing here changes a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from domain.executions.models import Attempt, Execution, ExecutionEvent
from domain.executions.states import Status
from domain.shared.batches import Parameter, among, many_per, one_per, page_per
from domain.shared.database import Session
from domain.shared.listing import Condition, Listing, equals, is_one_of


class ExecutionOrder(StrEnum):
    """What lists of executions can be sorted by; the id breaks ties."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DUE_AT = "due_at"


@dataclass(frozen=True, slots=True)
class ExecutionFilter:
    """Conditions that all hold; an empty `statuses` allows every status."""

    statuses: frozenset[Status] = frozenset()
    kind: str | None = None
    root_only: bool = False
    subject_id: UUID | None = None


@one_per(Execution.id)
def read_executions(workspace: Parameter, ids: Parameter) -> Select[Execution]:
    """Executions by id."""
    return _here(workspace).where(among(Execution.id, ids))


@page_per(Execution.parent_id, by=(Execution.position, Execution.id))
def page_children(workspace: Parameter) -> Select[Execution]:
    """The children of executions, in the order of their positions."""
    return _here(workspace)


@many_per(Attempt.execution_id)
def read_attempts(workspace: Parameter, execution_ids: Parameter) -> Select[Attempt]:
    """The attempts of executions, in order."""
    return (
        select(Attempt)
        .where(Attempt.workspace_id == workspace, among(Attempt.execution_id, execution_ids))
        .order_by(Attempt.execution_id, Attempt.number)
    )


@page_per(ExecutionEvent.execution_id, by=(ExecutionEvent.seq,))
def page_events(workspace: Parameter) -> Select[ExecutionEvent]:
    """The streams of executions; the key of an event is its number."""
    return _events(workspace)


async def count_at_work(session: Session) -> Mapping[Status, int]:
    """How many executions of all workspaces wait for a worker, and how many have one.

    Reads two partial indexes, which hold only these; for the engine's role.
    """
    waiting = select(func.count()).where(Execution.status == Status.SCHEDULED).scalar_subquery()
    running = (
        select(func.count())
        .where(Execution.status == Status.RUNNING, Execution.lease_until.is_not(None))
        .scalar_subquery()
    )
    row = (await session.execute(select(waiting, running))).one()
    return {Status.SCHEDULED: row[0], Status.RUNNING: row[1]}


async def read_events(
    session: Session, workspace_id: UUID, execution_id: UUID, *, after: int, limit: int
) -> list[ExecutionEvent]:
    """The events of one stream that follow number `after`, at most `limit`."""
    statement = (
        _events(workspace_id)
        .where(ExecutionEvent.execution_id == execution_id, ExecutionEvent.seq > after)
        .order_by(ExecutionEvent.seq)
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def read_tree(
    session: Session, workspace_id: UUID, execution_id: UUID, *, limit: int
) -> list[Execution]:
    """An execution and everything below it, parents before children, at most `limit`."""
    top = select(Execution.id).where(
        Execution.workspace_id == workspace_id, Execution.id == execution_id
    )
    tree = top.cte("tree", recursive=True)
    child = aliased(Execution)
    below = select(child.id).join(tree, child.parent_id == tree.c.id)
    tree = tree.union(below.where(child.workspace_id == workspace_id))
    statement = (
        select(Execution)
        .join(tree, tree.c.id == Execution.id)
        .order_by(Execution.created_at, Execution.position, Execution.id)
        .limit(limit)
    )
    return list(await session.scalars(statement))


def _here(workspace_id: UUID | Parameter) -> Select[Execution]:
    return select(Execution).where(Execution.workspace_id == workspace_id)


def _events(workspace_id: UUID | Parameter) -> Select[ExecutionEvent]:
    return select(ExecutionEvent).where(ExecutionEvent.workspace_id == workspace_id)


EXECUTIONS = Listing(
    _here,
    conditions={
        "statuses": is_one_of(Execution.status),
        "kind": equals(Execution.kind),
        "root_only": Condition(lambda _: Execution.parent_id.is_(None)),
        "subject_id": equals(Execution.subject_id),
    },
    orders={
        ExecutionOrder.CREATED_AT: (Execution.created_at, Execution.id),
        ExecutionOrder.UPDATED_AT: (Execution.updated_at, Execution.id),
        ExecutionOrder.DUE_AT: (Execution.due_at, Execution.id),
    },
)
