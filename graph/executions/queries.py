"""Reading executions: one by id, or pages of them."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.executions.reading import repository
from domain.executions.reading.repository import ExecutionFilter
from domain.shared.listing import PageQuery
from graph.executions.inputs import ExecutionFilterInput, ExecutionOrderInput
from graph.executions.types import EXECUTION, Execution, load_execution
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.nodes import NodeReader
from graph.support.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    list_rows,
    request_page,
)
from graph.support.targets import identify

READ = "execution.read"
FILTER = strawberry.argument(name="filter")


@strawberry.type
class ExecutionQueries:
    """Root fields."""

    @described("An execution; null when there is none for the caller.")
    async def execution(self, info: Info, identity: Id) -> Execution | None:
        """One by its id."""
        return await read_execution(info.context, identify(identity, EXECUTION))

    @described("Executions, the newest first unless ordered otherwise.")
    async def executions(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        wanted: Annotated[ExecutionFilterInput | None, FILTER] = None,
        order_by: ExecutionOrderInput | None = None,
    ) -> Connection[Execution]:
        """A page of them."""
        actor = await info.context.actor()
        actor.require(READ)
        order = order_by or ExecutionOrderInput()
        request = request_page(
            first=first,
            after=after,
            last=last,
            before=before,
            descending=order.direction.descending,
        )
        filtered = wanted.to_filter() if wanted else ExecutionFilter()
        found = repository.select_executions(actor.workspace_id, filtered)
        columns = repository.EXECUTION_ORDERS[order.field]
        return list_rows(Execution, PageQuery(found, columns, request))


async def read_execution(context: Context, identity: UUID) -> Execution | None:
    """An execution, for whoever may see executions."""
    actor = await context.actor()
    actor.require(READ)
    return await load_execution(context, identity)


NODES: dict[str, NodeReader] = {EXECUTION: read_execution}
