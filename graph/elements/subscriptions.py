"""Following what is decided about elements while their run goes on."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import strawberry

from domain.elements.models import ElementDecision as DecisionRow
from domain.elements.records import DECIDED
from domain.executions.models import ExecutionEvent as EventRow
from domain.shared.errors import Invalid
from graph.elements.queries import READ
from graph.elements.types import ElementDecision
from graph.executions.subscriptions import follow, read_on
from graph.executions.types import EXECUTION
from graph.support.context import Context, Info
from graph.support.feeds import Reading
from graph.support.fields import subscription
from graph.support.rows import Shown, column, computed
from graph.support.targets import identify

ExecutionId = Annotated[strawberry.ID, strawberry.argument(description="Of the run of a test.")]


def show_decision(row: EventRow) -> ElementDecision:
    """The decision that an event tells of; its row is written when the run has ended."""
    told = {name: value for name, value in row.data.items() if name in DecisionRow.__table__.c}
    there = DecisionRow(**told, execution_id=row.execution_id, created_at=row.created_at)
    return ElementDecision.from_row(there)


def name_element(data: Mapping[str, object]) -> str | None:
    """What the element is called."""
    named = data.get("element")
    return None if named is None else str(named)


@strawberry.type(description="A decision about an element, as it was taken.")
class ElementDecisionEvent(Shown):
    """A row of `execution_events` of the kind `element.decided`."""

    row: strawberry.Private[EventRow]
    seq: int = column(description="Resume after it; other events of the run take numbers too.")
    created_at: datetime = column()
    description: str | None = column(
        name_element, of="data", description="What was found or considered, in words."
    )
    decision: ElementDecision = computed(show_decision, "data", "execution_id", "created_at")


@strawberry.type
class ElementSubscriptions:
    """Root fields."""

    @subscription(
        READ,
        "What is decided about elements during a run, after event number `after`. "
        "Completes with the run.",
    )
    async def element_decisions(
        self, info: Info, execution_id: ExecutionId, after: int = 0
    ) -> AsyncGenerator[ElementDecisionEvent, None]:
        """Each decision exactly once, in order."""
        if after < 0:
            raise Invalid("Events are counted from 1.", field=("after",))
        actor = await info.context.actor()
        actor.require(READ)
        place = DecisionPlace(identify(execution_id, EXECUTION), after)
        followed = follow("elementDecisions", actor.workspace_id, place.execution_id, place)
        return cast("AsyncGenerator[ElementDecisionEvent, None]", followed)


@dataclass(frozen=True, slots=True)
class DecisionPlace:
    """A place in the stream of an execution, of which decisions are shown."""

    execution_id: UUID
    cursor: int

    async def read(self, context: Context) -> Reading:
        """The decisions among the next events.

        Raises:
            NotFound: There is no such execution in the workspace.
        """
        rows = await read_on(context, self.execution_id, self.cursor)
        events = [
            (row.seq, ElementDecisionEvent.from_row(row))
            for row in rows.events
            if row.kind == DECIDED
        ]
        there = replace(self, cursor=rows.cursor)
        return Reading(events, there, is_full=rows.is_full, is_over=rows.is_over)
