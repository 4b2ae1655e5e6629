"""Members as the others of a workspace see them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.accounts.groups import repository as groups
from domain.accounts.members import repository
from graph.accounts.groups.types import READ, Group
from graph.support.context import Context, Info
from graph.support.fields import described
from graph.support.ids import encode_id
from graph.support.nodes import Node

MEMBER = "Member"


@strawberry.type(description="A person who belongs to the workspace.")
class Member(Node):
    """A row of `workspace_members` with the person."""

    name: str
    email: str
    joined_at: datetime
    is_owner: bool
    user_id: strawberry.Private[UUID]

    @described("The groups the person is in, by name.")
    async def groups(self, info: Info) -> list[Group]:
        """In this workspace."""
        rows = await info.context.load(groups.read_groups_of, self.user_id)
        return [Group.from_row(row) for row in rows or ()]

    @classmethod
    def from_member(cls, member: repository.Member) -> Self:
        """Wrap what the domain read."""
        return cls(
            id=encode_id(MEMBER, member.user_id),
            name=member.display_name,
            email=member.email,
            joined_at=member.joined_at,
            is_owner=member.is_owner,
            user_id=member.user_id,
        )


async def read_member(context: Context, identity: UUID) -> Member | None:
    """A member, for whoever may see members."""
    (await context.actor()).require(READ)
    found = await context.load(repository.read_members, identity)
    return None if found is None else Member.from_member(found)
