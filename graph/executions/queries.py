"""Reading executions: one by id, or pages of them."""

from uuid import UUID

import strawberry

from domain.executions.reading import repository
from graph.executions.inputs import ExecutionFilterInput, ExecutionOrderInput
from graph.executions.types import EXECUTION, Execution, load_execution
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.lists import listed
from graph.support.nodes import NodeReader
from graph.support.paging import Connection
from graph.support.targets import identify

READ = "execution.read"


@strawberry.type
class ExecutionQueries:
    """Root fields."""

    @described("An execution; null when there is none for the caller.")
    async def execution(self, info: Info, identity: Id) -> Execution | None:
        """One by its id."""
        return await read_execution(info.context, identify(identity, EXECUTION))

    executions: Connection[Execution] = listed(
        repository.EXECUTIONS,
        ExecutionFilterInput,
        ExecutionOrderInput,
        permission=READ,
        description="Executions, the newest first unless ordered otherwise.",
    )


async def read_execution(context: Context, identity: UUID) -> Execution | None:
    """An execution, for whoever may see executions."""
    actor = await context.actor()
    actor.require(READ)
    return await load_execution(context, identity)


NODES: dict[str, NodeReader] = {EXECUTION: read_execution}
