"""Groups as clients see them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.accounts.groups import repository
from domain.accounts.models import Group as GroupRow
from graph.support.context import Context, Info
from graph.support.fields import described
from graph.support.ids import encode_id
from graph.support.nodes import Node

GROUP = "Group"
READ = "member.read"


@strawberry.type(description="A named set of permissions, and the people who hold them by it.")
class Group(Node):
    """A row of `groups`."""

    name: str
    preset: str | None = strawberry.field(
        description="Which preset group it is; null for custom ones, the only ones to change."
    )
    version: int
    created_at: datetime
    row_id: strawberry.Private[UUID]

    @described("What its members may do, sorted.")
    async def permissions(self, info: Info) -> list[str]:
        """Names of permissions."""
        held = await info.context.load(repository.read_permissions, self.row_id)
        return sorted(held or ())

    @described("How many people are in it.")
    async def member_count(self, info: Info) -> int:
        """Count them."""
        return await info.context.load(repository.count_members, self.row_id) or 0

    @classmethod
    def from_row(cls, row: GroupRow) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id(GROUP, row.id),
            name=row.name,
            preset=row.preset,
            version=row.version,
            created_at=row.created_at,
            row_id=row.id,
        )


async def read_group(context: Context, identity: UUID) -> Group | None:
    """A group, for whoever may see members."""
    (await context.actor()).require(READ)
    row = await context.load(repository.read_groups, identity)
    return None if row is None else Group.from_row(row)
