"""Remembered elements, their history and decisions as clients see them."""

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry.scalars import JSON

from domain.accounts.members import repository as members
from domain.elements import json_values, models
from domain.elements.history import Reason
from domain.elements.reading import repository
from domain.executions.reading import repository as executions
from domain.shared.clock import SystemClock
from graph.accounts.groups.types import READ as PEOPLE
from graph.accounts.members.types import Member
from graph.support.lists import connected
from graph.support.nodes import Node
from graph.support.paging import Connection
from graph.support.rows import Shown, column, computed, global_id, related

if TYPE_CHECKING:
    from graph.executions.types import Execution

ELEMENT = "Element"
RUNS = "execution.read"
PICTURE_COST = 50
"""A picture is up to 87,000 characters: as much as fifty objects, so that an answer has 200 at most."""
STALE = timedelta(days=repository.STALE_DAYS)
LazyExecution = Annotated["Execution", strawberry.lazy("graph.executions.types")]

strawberry.enum(
    Reason,
    name="ElementVersionReason",
    description="How a version came about. UNRELIABLE: fewer than 70 % of its uses were hits. "
    "From RESTORED on it is what a person did.",
)


@strawberry.enum(
    description="Whether an element is used again: DEPRECATED was set aside by a person, "
    "INVALIDATED by a person or by its own record."
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
    SUGGESTED = "suggested"
    EXTRACTED = "extracted"


@strawberry.enum(description="What an element is since a version; SUGGESTED waits for a person.")
class ElementVersionStatus(Enum):
    """State of an element after a version."""

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    INVALIDATED = "invalidated"
    SUGGESTED = "suggested"


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


def show_picture(png: bytes) -> str:
    """A picture as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def measure_confidence(row: models.Element) -> float | None:
    """The share of hits among its uses."""
    uses = row.hits + row.misses
    return row.hits / uses if uses else None


def tell_stale(last_seen_at: datetime) -> bool:
    """Whether it was not seen for long."""
    return last_seen_at < SystemClock().now() - STALE


@strawberry.type(description="What an element was from some moment on, and who or what did it.")
class ElementVersion(Shown):
    """A row of `element_versions`."""

    row: strawberry.Private[models.ElementVersion]
    version: int = column()
    parent: int | None = column(description="The version that it was made from.")
    reason: Reason = column(Reason)
    status: ElementVersionStatus = column(ElementVersionStatus)
    changes: JSON = column(
        description="What is different from its parent, part by part: [before, after]. Of a "
        "restored version: from the one that was used before."
    )
    note: str | None = column(description="Why a person did it.")
    selectors: list[ElementSelector] = column(list_selectors, of="remembered")
    picture: str | None = column(
        show_picture,
        cost=PICTURE_COST,
        description="A PNG of up to 64 KB as a data: address; null where none is.",
    )
    created_at: datetime = column()
    made_by: Member | None = related(
        members.read_people,
        "made_by",
        permission=PEOPLE,
        description="The person; null where a run did it, or the person has gone.",
    )
    execution: LazyExecution | None = related(
        executions.read_executions,
        "execution_id",
        permission=RUNS,
        description="The run; null where a person did it, or the run is forgotten.",
    )


@strawberry.type(description="Pictures of what was asked for, and of what was found instead.")
class ElementPictures:
    """PNGs as data: addresses."""

    before: str | None
    after: str | None

    @classmethod
    def from_found(cls, found: repository.DecisionPictures) -> Self:
        """Wrap bytes."""
        return cls(
            before=None if found.before is None else show_picture(found.before),
            after=None if found.after is None else show_picture(found.after),
        )


@strawberry.type(description="What a language model was asked for.")
class ElementUsage:
    """Of one decision, or of many together."""

    requests: int
    input_tokens: float
    output_tokens: float
    cost_usd: float | None = strawberry.field(
        description="By the prices in the settings; null where nobody knows."
    )
    model: str | None = strawberry.field(description="Null for many decisions together.")
    prompt: str | None = strawberry.field(
        description="Name and version of the prompt; null for many decisions together."
    )

    @classmethod
    def from_stored(cls, usage: Mapping[str, object]) -> Self:
        """Wrap what `domain.elements.records` describes."""
        cost, model, prompt = (usage.get(name) for name in ("cost_usd", "model", "prompt"))
        return cls(
            requests=json_values.whole(usage["requests"]),
            input_tokens=json_values.number(usage["input_tokens"]),
            output_tokens=json_values.number(usage["output_tokens"]),
            cost_usd=None if cost is None else json_values.number(cost),
            model=None if model is None else str(model),
            prompt=None if prompt is None else str(prompt),
        )


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
    confidence: float | None = computed(
        measure_confidence,
        "hits",
        "misses",
        description="The share of hits among its uses, 0 to 1; null before it was used.",
    )
    stale: bool = column(
        tell_stale,
        of="last_seen_at",
        description=f"Whether it was not seen for more than {repository.STALE_DAYS} days.",
    )
    versions: Connection[ElementVersion] = connected(
        repository.page_versions, descending=True, description="Its history, the newest first."
    )
    decisions: "Connection[ElementDecision]" = connected(
        repository.page_decisions,
        descending=True,
        description="What was decided about it, the newest first.",
    )


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
    version: int | None = column(description="The element's version that was asked for.")
    new_version: int | None = column(
        description="The version that was learned from it; only suggested after SUGGESTED."
    )
    usage: ElementUsage | None = column(
        ElementUsage.from_stored, description="Null where no language model was asked."
    )
    created_at: datetime = column()
    element: Element | None = related(
        repository.read_elements,
        "element_id",
        description="The element it is about; null if it was forgotten, or while the run goes on.",
    )
    pictures: ElementPictures | None = related(
        repository.read_pictures,
        show=ElementPictures.from_found,
        cost=2 * PICTURE_COST,
        description="How its two versions looked; null while the run goes on.",
    )
    execution: LazyExecution | None = related(
        executions.read_executions,
        "execution_id",
        permission=RUNS,
        description="The run that took it.",
    )


@strawberry.type(description="How often each decision was taken, all attempts together.")
class ElementCounts:
    """Numbers of one execution."""

    hits: int
    healed: int
    learned: int
    abstained: int
    not_found: int
    suggested: int

    @classmethod
    def from_counts(cls, counts: repository.DecisionCounts) -> Self:
        """Wrap numbers."""
        return cls(
            hits=counts.hits,
            healed=counts.healed,
            learned=counts.learned,
            abstained=counts.abstained,
            not_found=counts.not_found,
            suggested=counts.suggested,
        )
