"""The SQL that reads remembered elements, their history and decisions; nothing changes a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, text
from sqlalchemy.orm import aliased

from domain.elements.models import Element, ElementDecision, ElementVersion
from domain.shared.batches import Parameter, among, many_per, one_per, page_per
from domain.shared.listing import Condition, Listing, contains, equals, is_one_of, since, until

STALE_DAYS = 30
"""An element that was not seen for longer is reported as stale."""
_STALE = Element.last_seen_at < func.now() - text(f"interval '{STALE_DAYS} days'")


_OTHERS = ("healed", "learned", "abstained", "not_found", "suggested")
"""Decisions that are no hits."""


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
    is_stale: bool = False
    is_fresh: bool = False
    has_suggestion: bool = False


class DecisionOrder(StrEnum):
    """What lists of decisions can be sorted by; the id breaks ties."""

    CREATED_AT = "created_at"


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Conditions that all hold; empty `decisions` allow every one."""

    execution_id: UUID | None = None
    element_id: UUID | None = None
    scope_id: UUID | None = None
    decisions: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionCounts:
    """How often each decision was taken; a hit may have been verified afterwards."""

    hits: int = 0
    healed: int = 0
    learned: int = 0
    abstained: int = 0
    not_found: int = 0
    suggested: int = 0


@dataclass(frozen=True, slots=True)
class DecisionPictures:
    """PNGs of the version that was asked for, and of the one that was found instead."""

    before: bytes | None
    after: bytes | None


@one_per(Element.id)
def read_elements(workspace: Parameter, ids: Parameter) -> Select[Element]:
    """Elements by id."""
    return _here(workspace).where(among(Element.id, ids))


@page_per(ElementVersion.element_id, by=(ElementVersion.version,))
def page_versions(workspace: Parameter) -> Select[ElementVersion]:
    """The histories of elements."""
    return select(ElementVersion).where(ElementVersion.workspace_id == workspace)


@page_per(ElementDecision.element_id, by=(ElementDecision.created_at, ElementDecision.id))
def page_decisions(workspace: Parameter) -> Select[ElementDecision]:
    """The decisions about elements."""
    return _decisions(workspace)


@one_per(ElementDecision.id)
def read_pictures(workspace: Parameter, ids: Parameter) -> Select[DecisionPictures]:
    """`DecisionPictures` of decisions."""
    before, after = aliased(ElementVersion), aliased(ElementVersion)
    mine = ElementDecision.element_id
    found = (
        select(ElementDecision.id, before.picture.label("before"), after.picture.label("after"))
        .outerjoin(
            before, and_(before.element_id == mine, before.version == ElementDecision.version)
        )
        .outerjoin(
            after, and_(after.element_id == mine, after.version == ElementDecision.new_version)
        )
        .where(ElementDecision.workspace_id == workspace, among(ElementDecision.id, ids))
    )
    return cast("Select[DecisionPictures]", found)


@many_per(ElementDecision.execution_id)
def read_decisions(workspace: Parameter, execution_ids: Parameter) -> Select[ElementDecision]:
    """The decisions of executions, in the order they were taken."""
    return (
        _decisions(workspace)
        .where(among(ElementDecision.execution_id, execution_ids))
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
            *(_count(name).label(name) for name in _OTHERS),
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
        **{name: counts.get(name, 0) for name in _OTHERS},
    )


def _here(workspace: Parameter) -> Select[Element]:
    return select(Element).where(Element.workspace_id == workspace)


def _decisions(workspace: Parameter) -> Select[ElementDecision]:
    return select(ElementDecision).where(ElementDecision.workspace_id == workspace)


def _is_suggested(_: str) -> ColumnElement[bool]:
    """Whether a run proposed something that nobody has decided about, nor anything later."""
    proposed = select(ElementVersion.id).where(
        ElementVersion.element_id == Element.id,
        ElementVersion.version > Element.version,
        ElementVersion.status == "suggested",
    )
    return proposed.exists()


def _count(*decisions: str) -> ColumnElement[int]:
    return func.count().filter(ElementDecision.decision.in_(decisions))


ELEMENTS = Listing(
    _here,
    conditions={
        "scope_id": equals(Element.scope_id),
        "status": equals(Element.status),
        "search": contains(Element.description),
        "is_stale": Condition(lambda _: _STALE),
        "is_fresh": Condition(lambda _: ~_STALE),
        "has_suggestion": Condition(_is_suggested),
    },
    orders={
        ElementOrder.CREATED_AT: (Element.created_at, Element.id),
        ElementOrder.LAST_SEEN_AT: (Element.last_seen_at, Element.id),
        ElementOrder.HITS: (Element.hits, Element.id),
        ElementOrder.MISSES: (Element.misses, Element.id),
    },
)
DECISIONS = Listing(
    _decisions,
    conditions={
        "execution_id": equals(ElementDecision.execution_id),
        "element_id": equals(ElementDecision.element_id),
        "scope_id": equals(ElementDecision.scope_id),
        "decisions": is_one_of(ElementDecision.decision),
        "since": since(ElementDecision.created_at),
        "until": until(ElementDecision.created_at),
    },
    orders={DecisionOrder.CREATED_AT: (ElementDecision.created_at, ElementDecision.id)},
)
