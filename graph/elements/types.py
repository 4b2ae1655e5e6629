"""Remembered elements and decisions as clients see them."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Self
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from domain.elements import models
from domain.elements.reading import repository
from graph.support.context import Info
from graph.support.ids import encode_id
from graph.support.nodes import Node

ELEMENT = "Element"


@strawberry.enum(
    description="Whether an element is used again: DEPRECATED was set aside by a person, "
    "INVALIDATED by its own record."
)
class ElementStatus(Enum):
    """State of a remembered element."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    INVALIDATED = "invalidated"


@strawberry.enum(description="What was decided about an element.")
class ElementDecisionKind(Enum):
    """Outcome of one lookup."""

    HIT = "hit"
    HIT_VERIFIED = "hit_verified"
    HEALED = "healed"
    LEARNED = "learned"
    ABSTAINED = "abstained"
    NOT_FOUND = "not_found"


@strawberry.type(description="One way to find an element again.")
class ElementSelector:
    """Within the innermost of the shadow hosts."""

    kind: str
    value: str
    hosts: list[str]


@strawberry.type(description="An element that a step of a test meant, as it was last seen.")
class Element(Node):
    """A row of `elements`."""

    description: str
    url_pattern: str
    status: ElementStatus
    reason: str = strawberry.field(description="How the newest version came about.")
    version: int
    hits: int
    misses: int
    last_seen_at: datetime
    created_at: datetime
    selectors: list[ElementSelector]

    @classmethod
    def from_row(cls, row: models.Element) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id(ELEMENT, row.id),
            description=row.description,
            url_pattern=row.url_pattern,
            status=ElementStatus(row.status),
            reason=row.reason,
            version=row.version,
            hits=row.hits,
            misses=row.misses,
            last_seen_at=row.last_seen_at,
            created_at=row.created_at,
            selectors=list_selectors(row.remembered.get("selectors")),
        )


@strawberry.type(description="Why an element was used, healed, learned or abstained from.")
class ElementDecision:
    """A row of `element_decisions`."""

    attempt: int
    step_index: int
    decision: ElementDecisionKind
    method: str
    score: float | None = strawberry.field(description="0 to 100.")
    runner_up: float | None = strawberry.field(description="The next best one's score.")
    layers: JSON = strawberry.field(description="Likeness by layer, and what has changed.")
    candidates: JSON = strawberry.field(description="What was considered, best first.")
    reason: str
    milliseconds: float
    created_at: datetime
    element_id: strawberry.Private[UUID | None]

    @strawberry.field
    async def element(self, info: Info) -> Element | None:
        """The element it is about, unless it was forgotten."""
        if self.element_id is None:
            return None
        row = await info.context.load(repository.read_elements, self.element_id)
        return None if row is None else Element.from_row(row)

    @classmethod
    def from_row(cls, row: models.ElementDecision) -> Self:
        """Wrap a row."""
        return cls(
            attempt=row.attempt,
            step_index=row.step_index,
            decision=ElementDecisionKind(row.decision),
            method=row.method,
            score=row.score,
            runner_up=row.runner_up,
            layers=row.layers,  # type: ignore[arg-type]
            candidates=row.candidates,  # type: ignore[arg-type]
            reason=row.reason,
            milliseconds=row.milliseconds,
            created_at=row.created_at,
            element_id=row.element_id,
        )


@strawberry.type(description="How often each decision was taken, all attempts together.")
class ElementCounts:
    """Numbers of one execution."""

    hits: int
    healed: int
    learned: int
    abstained: int
    not_found: int

    @classmethod
    def from_counts(cls, counts: repository.DecisionCounts) -> Self:
        """Wrap numbers."""
        return cls(
            hits=counts.hits,
            healed=counts.healed,
            learned=counts.learned,
            abstained=counts.abstained,
            not_found=counts.not_found,
        )


def list_selectors(stored: object) -> list[ElementSelector]:
    """Stored selectors; whatever is not one is left out."""
    if not isinstance(stored, list):
        return []
    return [
        ElementSelector(
            kind=str(entry.get("kind", "css")),
            value=str(entry["value"]),
            hosts=[str(host) for host in entry.get("hosts") or ()],
        )
        for entry in stored
        if isinstance(entry, Mapping) and "value" in entry
    ]
