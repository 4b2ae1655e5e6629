"""Groups as clients see them."""

from datetime import datetime
from uuid import UUID

import strawberry

from domain.accounts.groups import repository
from domain.accounts.models import Group as GroupRow
from graph.support.context import Context
from graph.support.nodes import Node
from graph.support.rows import Shown, column, global_id, related

GROUP = "Group"
READ = "member.read"


@strawberry.type(description="A named set of permissions, and the people who hold them by it.")
class Group(Shown, Node):
    """A row of `groups`."""

    row: strawberry.Private[GroupRow]
    id: strawberry.ID = global_id(GROUP)
    name: str = column()
    preset: str | None = column(
        description="Which preset group it is; null for custom ones, the only ones to change."
    )
    version: int = column()
    created_at: datetime = column()
    permissions: list[str] = related(
        repository.read_permissions, show=sorted, description="What its members may do, sorted."
    )
    member_count: int = related(
        repository.count_members, show=int, description="How many people are in it."
    )


async def read_group(context: Context, identity: UUID) -> Group | None:
    """A group, for whoever may see members."""
    (await context.actor()).require(READ)
    row = await context.load(repository.read_groups, identity)
    return None if row is None else Group.from_row(row)
