"""The SQL that reads remembered elements and decisions; nothing here changes a row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, select

from domain.elements.models import Element, ElementDecision
from domain.shared.database import Session
from domain.shared.paging import Column


class ElementOrder(StrEnum):
    """What lists of elements can be sorted by; the id breaks ties."""

    CREATED_AT = "created_at"
    LAST_SEEN_AT = "last_seen_at"
    HITS = "hits"
    MISSES = "misses"


@dataclass(frozen=True, slots=True)
class ElementFilter:
    """Conditions that all hold. `search` is a part of the description, in any case."""

    scope_id: UUID | None = None
    status: str | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class DecisionCounts:
    """How often each decision was taken; a hit may have been verified afterwards."""

    hits: int = 0
    healed: int = 0
    learned: int = 0
    abstained: int = 0
    not_found: int = 0


async def read_elements(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> dict[UUID, Element]:
    """Elements by id."""
    statement = select(Element).where(Element.workspace_id == workspace_id, Element.id.in_(ids))
    return {row.id: row for row in await session.scalars(statement)}


async def read_decisions(
    session: Session, workspace_id: UUID, execution_ids: Collection[UUID]
) -> dict[UUID, list[ElementDecision]]:
    """The decisions of executions, in the order they were taken."""
    statement = (
        select(ElementDecision)
        .where(
            ElementDecision.workspace_id == workspace_id,
            ElementDecision.execution_id.in_(execution_ids),
        )
        .order_by(
            ElementDecision.execution_id,
            ElementDecision.attempt,
            ElementDecision.step_index,
            ElementDecision.created_at,
            ElementDecision.id,
        )
    )
    found: dict[UUID, list[ElementDecision]] = {one: [] for one in execution_ids}
    for row in await session.scalars(statement):
        found[row.execution_id].append(row)
    return found


async def count_decisions(
    session: Session, workspace_id: UUID, execution_ids: Collection[UUID]
) -> dict[UUID, DecisionCounts]:
    """How often each decision was taken in executions, all attempts together."""
    statement = (
        select(ElementDecision.execution_id, ElementDecision.decision, func.count())
        .where(
            ElementDecision.workspace_id == workspace_id,
            ElementDecision.execution_id.in_(execution_ids),
        )
        .group_by(ElementDecision.execution_id, ElementDecision.decision)
    )
    found: dict[UUID, dict[str, int]] = {one: {} for one in execution_ids}
    for execution, decision, number in await session.execute(statement):
        found[execution][decision] = number
    return {execution: sum_up(counts) for execution, counts in found.items()}


def sum_up(counts: Mapping[str, int]) -> DecisionCounts:
    """Numbers per decision as they are stored, in the terms of a reader."""
    return DecisionCounts(
        hits=counts.get("hit", 0) + counts.get("hit_verified", 0),
        healed=counts.get("healed", 0),
        learned=counts.get("learned", 0),
        abstained=counts.get("abstained", 0),
        not_found=counts.get("not_found", 0),
    )


ELEMENT_ORDERS: Mapping[ElementOrder, Sequence[Column]] = {
    ElementOrder.CREATED_AT: (Element.created_at, Element.id),
    ElementOrder.LAST_SEEN_AT: (Element.last_seen_at, Element.id),
    ElementOrder.HITS: (Element.hits, Element.id),
    ElementOrder.MISSES: (Element.misses, Element.id),
}


def select_elements(workspace_id: UUID, filtered: ElementFilter) -> Select[Element]:
    """Elements that pass the filter."""
    statement = select(Element).where(Element.workspace_id == workspace_id)
    if filtered.scope_id is not None:
        statement = statement.where(Element.scope_id == filtered.scope_id)
    if filtered.status is not None:
        statement = statement.where(Element.status == filtered.status)
    if filtered.search:
        statement = statement.where(Element.description.icontains(filtered.search, autoescape=True))
    return statement
