"""Remembered elements and decisions as clients see them."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Self

import strawberry
from strawberry.scalars import JSON

from domain.elements import models
from domain.elements.reading import repository
from graph.support.nodes import Node
from graph.support.rows import Shown, column, global_id, related

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


def list_selectors(remembered: Mapping[str, object]) -> list[ElementSelector]:
    """Stored selectors; whatever is not one is left out."""
    stored = remembered.get("selectors")
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


@strawberry.type(description="An element that a step of a test meant, as it was last seen.")
class Element(Shown, Node):
    """A row of `elements`."""

    row: strawberry.Private[models.Element]
    id: strawberry.ID = global_id(ELEMENT)
    description: str = column()
    url_pattern: str = column()
    status: ElementStatus = column(ElementStatus)
    reason: str = column(description="How the newest version came about.")
    version: int = column()
    hits: int = column()
    misses: int = column()
    last_seen_at: datetime = column()
    created_at: datetime = column()
    selectors: list[ElementSelector] = column(list_selectors, of="remembered")


@strawberry.type(description="Why an element was used, healed, learned or abstained from.")
class ElementDecision(Shown):
    """A row of `element_decisions`."""

    row: strawberry.Private[models.ElementDecision]
    attempt: int = column()
    step_index: int = column()
    decision: ElementDecisionKind = column(ElementDecisionKind)
    method: str = column()
    score: float | None = column(description="0 to 100.")
    runner_up: float | None = column(description="The next best one's score.")
    layers: JSON = column(description="Likeness by layer, and what has changed.")
    candidates: JSON = column(description="What was considered, best first.")
    reason: str = column()
    milliseconds: float = column()
    created_at: datetime = column()
    element: Element | None = related(
        repository.read_elements,
        "element_id",
        description="The element it is about, unless it was forgotten.",
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
