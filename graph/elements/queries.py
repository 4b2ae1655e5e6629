"""Reading remembered elements, what was decided about them, and what that was good for."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from domain.elements.reading import repository
from domain.elements.statistics.count_use import CountUse, count_use
from graph.elements.inputs import (
    OF_SCOPE,
    SCOPES,
    ElementDecisionFilterInput,
    ElementDecisionOrderInput,
    ElementFilterInput,
    ElementOrderInput,
)
from graph.elements.statistics import ElementStatistics
from graph.elements.types import ELEMENT, Element, ElementDecision
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.lists import listed
from graph.support.nodes import NodeReader
from graph.support.paging import Connection
from graph.support.targets import identify

READ = "element.read"
STATISTICS_COST = 500
"""It adds up to a year of decisions: as much as five pages of them, so that nobody asks for many."""
Since = Annotated[
    datetime, strawberry.argument(name="from", description="At this moment or later.")
]
Until = Annotated[
    datetime, strawberry.argument(name="to", description="Before this moment; a year at most.")
]
Scope = Annotated[strawberry.ID | None, strawberry.argument(description=OF_SCOPE)]


@strawberry.type
class ElementQueries:
    """Root fields."""

    @described("A remembered element; null when there is none for the caller.")
    async def element(self, info: Info, identity: Id) -> Element | None:
        """One by its id."""
        return await read_element(info.context, identify(identity, ELEMENT))

    elements: Connection[Element] = listed(
        repository.ELEMENTS,
        ElementFilterInput,
        ElementOrderInput,
        permission=READ,
        description="Remembered elements, the last seen first unless ordered otherwise.",
    )
    element_decisions: Connection[ElementDecision] = listed(
        repository.DECISIONS,
        ElementDecisionFilterInput,
        ElementDecisionOrderInput,
        permission=READ,
        description="What was decided about elements, the newest first unless ordered otherwise.",
    )

    @described(
        "What the element cache was good for; null where nothing is known of the scope.",
        cost=STATISTICS_COST,
    )
    async def element_statistics(
        self, info: Info, since: Since, until: Until, scope_id: Scope = None
    ) -> ElementStatistics | None:
        """Sums over a period."""
        actor = await info.context.actor()
        scope = None if scope_id is None else identify(scope_id, *SCOPES)
        async with info.context.reading() as session:
            use = await count_use(session, actor, CountUse(since, until, scope))
        return None if use is None else ElementStatistics.from_use(use)


async def read_element(context: Context, identity: UUID) -> Element | None:
    """An element, for whoever may see elements."""
    actor = await context.actor()
    actor.require(READ)
    row = await context.load(repository.read_elements, identity)
    return None if row is None else Element.from_row(row)


NODES: dict[str, NodeReader] = {ELEMENT: read_element}
