"""The SQL that reads remembered elements and decisions; nothing here changes a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from domain.elements.models import Element, ElementDecision
from domain.shared.batches import Parameter, among, many_per, one_per
from domain.shared.listing import Listing, contains, equals


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


@one_per(Element.id)
def read_elements(workspace: Parameter, ids: Parameter) -> Select[Element]:
    """Elements by id."""
    return _here(workspace).where(among(Element.id, ids))


@many_per(ElementDecision.execution_id)
def read_decisions(workspace: Parameter, execution_ids: Parameter) -> Select[ElementDecision]:
    """The decisions of executions, in the order they were taken."""
    return (
        select(ElementDecision)
        .where(
            ElementDecision.workspace_id == workspace,
            among(ElementDecision.execution_id, execution_ids),
        )
        .order_by(
            ElementDecision.execution_id,
            ElementDecision.attempt,
            ElementDecision.step_index,
            ElementDecision.created_at,
            ElementDecision.id,
        )
    )


@one_per(ElementDecision.execution_id)
def count_decisions(workspace: Parameter, execution_ids: Parameter) -> Select[DecisionCounts]:
    """`DecisionCounts` of executions, all attempts together; none where nothing was decided."""
    counted = (
        select(
            ElementDecision.execution_id,
            _count("hit", "hit_verified").label("hits"),
            *(_count(name).label(name) for name in ("healed", "learned", "abstained", "not_found")),
        )
        .where(
            ElementDecision.workspace_id == workspace,
            among(ElementDecision.execution_id, execution_ids),
        )
        .group_by(ElementDecision.execution_id)
    )
    return cast("Select[DecisionCounts]", counted)


def sum_up(counts: Mapping[str, int]) -> DecisionCounts:
    """Numbers per decision as they are stored, in the terms of a reader."""
    return DecisionCounts(
        hits=counts.get("hit", 0) + counts.get("hit_verified", 0),
        healed=counts.get("healed", 0),
        learned=counts.get("learned", 0),
        abstained=counts.get("abstained", 0),
        not_found=counts.get("not_found", 0),
    )


def _here(workspace: Parameter) -> Select[Element]:
    return select(Element).where(Element.workspace_id == workspace)


def _count(*decisions: str) -> ColumnElement[int]:
    return func.count().filter(ElementDecision.decision.in_(decisions))


ELEMENTS = Listing(
    _here,
    conditions={
        "scope_id": equals(Element.scope_id),
        "status": equals(Element.status),
        "search": contains(Element.description),
    },
    orders={
        ElementOrder.CREATED_AT: (Element.created_at, Element.id),
        ElementOrder.LAST_SEEN_AT: (Element.last_seen_at, Element.id),
        ElementOrder.HITS: (Element.hits, Element.id),
        ElementOrder.MISSES: (Element.misses, Element.id),
    },
)
