"""Following one execution live, from any event number on, without a gap and without a repeat."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from uuid import UUID

import strawberry

from domain.executions import models
from domain.executions.reading import repository
from domain.executions.states import TERMINAL
from domain.shared.errors import Invalid, NotFound
from domain.shared.live import execution_topic
from graph.executions.queries import READ
from graph.executions.types import EXECUTION, ExecutionEvent
from graph.support.context import Context, Info
from graph.support.fields import Id, subscription
from graph.support.targets import identify

LOOK_SECONDS = 3.0
"""How long a lost signal can delay an event, and a lost permission go unnoticed."""
BATCH = 100


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
        followed = follow_execution(info.context, identify(identity, EXECUTION), after)
        async with contextlib.aclosing(followed) as events:
            async for event in events:
                info.context.forget_loaded()
                yield ExecutionEvent.from_row(event)


async def follow_execution(
    context: Context, execution_id: UUID, after: int
) -> AsyncGenerator[models.ExecutionEvent, None]:
    """Listen first, then read what follows the cursor, and again whenever the stream may have moved.

    Permission and sign-in are checked anew before every reading.

    Raises:
        Unauthenticated: the session or the token has ended.
        Forbidden: the permission was taken away.
        NotFound: there is no such execution in the workspace.
    """
    cursor = after
    async with context.live.listen(execution_topic(execution_id)) as moved:
        while True:
            moved.clear()
            events, is_over = await read_on(context, execution_id, cursor)
            for event in events:
                cursor = event.seq
                yield event
            if is_over:
                return
            if len(events) < BATCH:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(moved.wait(), patience(context))


async def read_on(
    context: Context, execution_id: UUID, cursor: int
) -> tuple[list[models.ExecutionEvent], bool]:
    """The next events, and whether the stream ends with them."""
    actor = await context.revalidate(READ)
    workspace = actor.workspace_id
    async with context.reading() as session:
        # First the row: events that follow its number are found the next time at the latest.
        rows = await repository.read_executions(session, workspace, [execution_id])
        events = await repository.read_events(
            session, workspace, execution_id, after=cursor, limit=BATCH
        )
    execution = rows.get(execution_id)
    if execution is None:
        raise NotFound("The execution", field=("id",))
    reached = events[-1].seq if events else cursor
    return events, execution.status in TERMINAL and reached >= execution.last_seq


def patience(context: Context) -> float:
    """Seconds to wait for a signal: never past the end of the access token."""
    left = context.sign_in.expires_in_seconds
    return LOOK_SECONDS if left is None else min(LOOK_SECONDS, max(0.05, left))
