"""The SQL that reads executions, their attempts and their events; nothing here changes a row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from domain.executions.models import Attempt, Execution, ExecutionEvent
from domain.executions.states import Status
from domain.shared.database import Session
from domain.shared.paging import Column, Page, PageRequest, Siblings, read_pages


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


async def read_executions(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> dict[UUID, Execution]:
    """Executions by id."""
    rows = await session.scalars(_here(workspace_id).where(Execution.id.in_(ids)))
    return {row.id: row for row in rows}


async def page_children(
    session: Session, workspace_id: UUID, parent_ids: Collection[UUID], request: PageRequest
) -> dict[UUID, Page[Execution]]:
    """The same page of the children of several executions, in the order of their positions."""
    siblings = Siblings(Execution.parent_id, parent_ids)
    columns = [Execution.position, Execution.id]
    return await read_pages(session, siblings, _here(workspace_id), columns, request)


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


async def count_children(
    session: Session, workspace_id: UUID, parent_ids: Collection[UUID]
) -> dict[UUID, int]:
    """How many children each execution has."""
    statement = (
        select(Execution.parent_id, func.count())
        .where(Execution.workspace_id == workspace_id, Execution.parent_id.in_(parent_ids))
        .group_by(Execution.parent_id)
    )
    found = dict.fromkeys(parent_ids, 0)
    for parent, number in await session.execute(statement):
        if parent is not None:
            found[parent] = number
    return found


async def read_attempts(
    session: Session, workspace_id: UUID, execution_ids: Collection[UUID]
) -> dict[UUID, list[Attempt]]:
    """The attempts of executions, in order."""
    statement = (
        select(Attempt)
        .where(Attempt.workspace_id == workspace_id, Attempt.execution_id.in_(execution_ids))
        .order_by(Attempt.execution_id, Attempt.number)
    )
    found: dict[UUID, list[Attempt]] = {one: [] for one in execution_ids}
    for row in await session.scalars(statement):
        found[row.execution_id].append(row)
    return found


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


async def page_events(
    session: Session, workspace_id: UUID, execution_ids: Collection[UUID], request: PageRequest
) -> dict[UUID, Page[ExecutionEvent]]:
    """The same page of several streams; the key of an event is its number."""
    siblings = Siblings(ExecutionEvent.execution_id, execution_ids)
    columns = [ExecutionEvent.seq]
    return await read_pages(session, siblings, _events(workspace_id), columns, request)


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


EXECUTION_ORDERS: Mapping[ExecutionOrder, Sequence[Column]] = {
    ExecutionOrder.CREATED_AT: (Execution.created_at, Execution.id),
    ExecutionOrder.UPDATED_AT: (Execution.updated_at, Execution.id),
    ExecutionOrder.DUE_AT: (Execution.due_at, Execution.id),
}


def _here(workspace_id: UUID) -> Select[Execution]:
    return select(Execution).where(Execution.workspace_id == workspace_id)


def _events(workspace_id: UUID) -> Select[ExecutionEvent]:
    return select(ExecutionEvent).where(ExecutionEvent.workspace_id == workspace_id)


def select_executions(workspace_id: UUID, filtered: ExecutionFilter) -> Select[Execution]:
    """Executions that pass the filter."""
    statement = _here(workspace_id)
    if filtered.statuses:
        statement = statement.where(Execution.status.in_(filtered.statuses))
    if filtered.kind is not None:
        statement = statement.where(Execution.kind == filtered.kind)
    if filtered.root_only:
        statement = statement.where(Execution.parent_id.is_(None))
    if filtered.subject_id is not None:
        statement = statement.where(Execution.subject_id == filtered.subject_id)
    return statement
