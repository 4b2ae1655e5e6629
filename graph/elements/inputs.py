"""What clients send about elements, and how it becomes commands and filters."""

from datetime import datetime

import strawberry

from domain.elements.invalidate import InvalidateElement
from domain.elements.reading.repository import (
    DecisionFilter,
    DecisionOrder,
    ElementFilter,
    ElementOrder,
)
from domain.elements.restore import RestoreElementVersion
from domain.elements.set_aside import SetElementAside, UseElementAgain
from domain.shared.checks import NAME_LENGTH, Checks
from graph.elements.types import ELEMENT, ElementDecisionKind, ElementStatus
from graph.support.ordering import OrderDirection
from graph.support.targets import identify

SCOPES = ("TestTemplate", "MissionTest")
"""What elements belong to."""
OF_SCOPE = "Of this test template, or of a test made without one."
OF_ELEMENT = "Of an element."
WHY = "Why, for the history; up to 500 characters."

strawberry.enum(ElementOrder, name="ElementOrderField", description="What elements are sorted by.")
strawberry.enum(
    DecisionOrder, name="ElementDecisionOrderField", description="What decisions are sorted by."
)


@strawberry.input
class SetElementAsideInput:
    """Which element."""

    id: strawberry.ID = strawberry.field(description=OF_ELEMENT)
    reason: str = strawberry.field(default="", description=WHY)

    def to_command(self) -> SetElementAside:
        """As the domain takes it."""
        return SetElementAside(identify(self.id, ELEMENT), self.reason)


@strawberry.input
class UseElementAgainInput:
    """Which element that was set aside."""

    id: strawberry.ID = strawberry.field(description=OF_ELEMENT)

    def to_command(self) -> UseElementAgain:
        """As the domain takes it."""
        return UseElementAgain(identify(self.id, ELEMENT))


@strawberry.input
class InvalidateElementInput:
    """Which element is wrong."""

    id: strawberry.ID = strawberry.field(description=OF_ELEMENT)
    reason: str = strawberry.field(default="", description=WHY)

    def to_command(self) -> InvalidateElement:
        """As the domain takes it."""
        return InvalidateElement(identify(self.id, ELEMENT), self.reason)


@strawberry.input
class RestoreElementVersionInput:
    """Which version of which element."""

    id: strawberry.ID = strawberry.field(description=OF_ELEMENT)
    version: int = strawberry.field(description="An earlier version, or one that is SUGGESTED.")
    expected_version: int | None = strawberry.field(
        default=None, description="The element's version that was read; a newer one is a CONFLICT."
    )

    def to_command(self) -> RestoreElementVersion:
        """As the domain takes it."""
        return RestoreElementVersion(
            identify(self.id, ELEMENT), self.version, self.expected_version
        )


@strawberry.input(name="ElementFilter", description="Conditions that all hold.")
class ElementFilterInput:
    """Which elements."""

    scope_id: strawberry.ID | None = strawberry.field(default=None, description=OF_SCOPE)
    status: ElementStatus | None = None
    search: str | None = strawberry.field(
        default=None, description="A part of the description, in any case."
    )
    stale: bool | None = strawberry.field(
        default=None, description="Those that were not seen for more than 30 days, or the others."
    )
    has_suggestion: bool = strawberry.field(
        default=False, description="Those for which a run suggests a version to a person."
    )

    def to_filter(self) -> ElementFilter:
        """As the domain takes it.

        Raises:
            Invalid: a text that nothing can contain.
        """
        checks = Checks()
        checks.text(self.search or "", ("search",), longest=NAME_LENGTH)
        checks.settle()
        return ElementFilter(
            scope_id=None if self.scope_id is None else identify(self.scope_id, *SCOPES),
            status=None if self.status is None else self.status.value,
            search=self.search,
            is_stale=self.stale is True,
            is_fresh=self.stale is False,
            has_suggestion=self.has_suggestion,
        )


@strawberry.input(name="ElementOrder")
class ElementOrderInput:
    """What a list of elements is sorted by; ties are broken by id."""

    field: ElementOrder = ElementOrder.LAST_SEEN_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.input(name="ElementDecisionFilter", description="Conditions that all hold.")
class ElementDecisionFilterInput:
    """Which decisions."""

    execution_id: strawberry.ID | None = strawberry.field(default=None, description="Of this run.")
    element_id: strawberry.ID | None = strawberry.field(
        default=None, description="About this element."
    )
    scope_id: strawberry.ID | None = strawberry.field(default=None, description=OF_SCOPE)
    decisions: list[ElementDecisionKind] = strawberry.field(
        default_factory=list, description="One of these; none for any."
    )
    since: datetime | None = strawberry.field(default=None, description="At this moment or later.")
    until: datetime | None = strawberry.field(default=None, description="Before this moment.")

    def to_filter(self) -> DecisionFilter:
        """As the domain takes it."""
        of = self.execution_id
        return DecisionFilter(
            execution_id=None if of is None else identify(of, "Execution"),
            element_id=None if self.element_id is None else identify(self.element_id, ELEMENT),
            scope_id=None if self.scope_id is None else identify(self.scope_id, *SCOPES),
            decisions=frozenset(kind.value for kind in self.decisions),
            since=self.since,
            until=self.until,
        )


@strawberry.input(name="ElementDecisionOrder")
class ElementDecisionOrderInput:
    """What a list of decisions is sorted by; ties are broken by id."""

    field: DecisionOrder = DecisionOrder.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC
