"""Reading groups."""

import strawberry

from domain.accounts.groups import repository
from graph.accounts.groups.types import GROUP, READ, Group, read_group
from graph.support.context import Info
from graph.support.fields import described
from graph.support.nodes import NodeReader


@strawberry.type
class GroupQueries:
    """Root fields."""

    @described("The groups of the workspace: the preset ones, then the custom ones, by name.")
    async def groups(self, info: Info) -> list[Group]:
        """All of them; there are at most a hundred."""
        actor = await info.context.actor()
        actor.require(READ)
        async with info.context.reading() as session:
            rows = await repository.list_groups(session, actor.workspace_id)
        return [Group.from_row(row) for row in rows]


NODES: dict[str, NodeReader] = {GROUP: read_group}
