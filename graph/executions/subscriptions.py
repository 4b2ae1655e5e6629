"""Following one execution live, from any event number on, without a gap and without a repeat."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

import strawberry

from domain.executions.models import ExecutionEvent as EventRow
from domain.executions.reading import repository
from domain.executions.states import TERMINAL
from domain.shared.errors import Invalid, NotFound
from domain.shared.live import execution_topic
from domain.shared.paging import PageRequest
from domain.shared.reads import Record
from graph.executions.queries import READ
from graph.executions.types import EXECUTION, ExecutionEvent
from graph.support.context import Context, Info
from graph.support.feeds import Followed, Reading, Source
from graph.support.fields import Id, subscription
from graph.support.targets import identify

BATCH = 100
END = frozenset({"status", "last_seq"})


@strawberry.type
class ExecutionSubscriptions:
    """Root fields."""

    @subscription(
        READ,
        "The events of an execution after number `after`, then every new one. "
        "Completes with the last event of an execution that has ended.",
    )
    async def execution_events(
        self, info: Info, identity: Id, after: int = 0
    ) -> AsyncGenerator[ExecutionEvent, None]:
        """Each event exactly once, in order."""
        if after < 0:
            raise Invalid("Events are counted from 1.", field=("after",))
        actor = await info.context.actor()
        actor.require(READ)
        place = EventPlace(identify(identity, EXECUTION), after)
        return follow("executionEvents", actor.workspace_id, place.execution_id, place)


@dataclass(frozen=True, slots=True)
class EventPlace:
    """A place in the stream of an execution."""

    execution_id: UUID
    cursor: int

    async def read(self, context: Context) -> Reading:
        """The next events.

        Raises:
            NotFound: There is no such execution in the workspace.
        """
        rows = await read_on(context, self.execution_id, self.cursor)
        events = [(row.seq, ExecutionEvent.from_row(row)) for row in rows.events]
        there = replace(self, cursor=rows.cursor)
        return Reading(events, there, is_full=rows.is_full, is_over=rows.is_over)


@dataclass(frozen=True, slots=True)
class Rows:
    """Events as they are stored.

    Attributes:
        cursor: Number of the last one.
        is_full: Whether there may be more already.
        is_over: Whether the stream ends with them.
    """

    events: list[EventRow]
    cursor: int
    is_full: bool
    is_over: bool


async def read_on(context: Context, execution_id: UUID, cursor: int) -> Rows:
    """What follows a cursor in the stream of an execution.

    Raises:
        NotFound: There is no such execution in the workspace.
    """
    workspace = (await context.actor()).workspace_id
    reader = await context.reader()
    # First the row: events that follow its number are found the next time at the latest.
    found = await repository.read_executions.read(reader, workspace, [execution_id], END)
    execution = cast("Record | None", found.get(execution_id))
    if execution is None:
        raise NotFound("The execution", field=("id",))
    request = PageRequest(BATCH, after=(cursor,))
    pages = await repository.page_events.read(reader, workspace, [execution_id], request)
    page = pages[execution_id]
    last = execution["last_seq"]
    reached = page.rows[-1]["seq"] if page.rows else min(cursor, last)
    is_over = execution["status"] in TERMINAL and reached >= last
    rows = cast("list[EventRow]", list(page.rows))
    return Rows(rows, reached, is_full=page.has_next, is_over=is_over)


def follow(
    field: str, workspace_id: UUID, execution_id: UUID, place: Source
) -> AsyncGenerator[ExecutionEvent, None]:
    """The stream of an execution, as one subscription shows it."""
    topic = execution_topic(execution_id)
    followed = Followed((field, workspace_id, execution_id), topic, place)
    return cast("AsyncGenerator[ExecutionEvent, None]", followed)
