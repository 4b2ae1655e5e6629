"""Members as the others of a workspace see them."""

from datetime import datetime
from uuid import UUID

import strawberry

from domain.accounts.groups import repository as groups
from domain.accounts.members import repository
from graph.accounts.groups.types import READ, Group
from graph.support.context import Context
from graph.support.nodes import Node
from graph.support.rows import Shown, column, global_id, related

MEMBER = "Member"


@strawberry.type(description="A person who belongs to the workspace.")
class Member(Shown, Node):
    """A row of `workspace_members` with the person."""

    row: strawberry.Private[repository.Member]
    id: strawberry.ID = global_id(MEMBER, of="user_id")
    name: str = column(of="display_name")
    email: str = column()
    joined_at: datetime = column()
    is_owner: bool = column()
    groups: list[Group] = related(
        groups.read_groups_of, "user_id", description="The groups the person is in, by name."
    )


async def read_member(context: Context, identity: UUID) -> Member | None:
    """A member, for whoever may see members."""
    (await context.actor()).require(READ)
    found = await context.load(repository.read_people, identity)
    return None if found is None else Member.from_row(found)
