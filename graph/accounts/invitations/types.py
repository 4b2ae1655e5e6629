"""Invitations as those see them who may send them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.accounts.invitations import repository
from domain.accounts.invitations.invite import INVITE
from domain.accounts.members import repository as members
from domain.accounts.models import Invitation as InvitationRow
from graph.accounts.groups.types import READ, Group
from graph.accounts.members.types import Member
from graph.support.context import Context, Info
from graph.support.fields import described
from graph.support.ids import encode_id
from graph.support.nodes import Node

INVITATION = "Invitation"


@strawberry.type(description="Somebody with this address may join the workspace, once.")
class Invitation(Node):
    """A row of `invitations`; its token is in the mail and nowhere else."""

    email: str
    sends: int = strawberry.field(description="How often the mail was sent.")
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None
    row_id: strawberry.Private[UUID]
    sender_id: strawberry.Private[UUID]

    @described("The groups it leads into.")
    async def groups(self, info: Info) -> list[Group]:
        """By name."""
        (await info.context.actor()).require(READ)
        rows = await info.context.load(repository.read_groups_of, self.row_id)
        return [Group.from_row(row) for row in rows or ()]

    @described("Who answers for it; null once that person has gone.")
    async def invited_by(self, info: Info) -> Member | None:
        """Who sent it last."""
        (await info.context.actor()).require(READ)
        found = await info.context.load(members.read_members, self.sender_id)
        return None if found is None else Member.from_member(found)

    @classmethod
    def from_row(cls, row: InvitationRow) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id(INVITATION, row.id),
            email=row.email,
            sends=row.sends,
            created_at=row.created_at,
            expires_at=row.expires_at,
            accepted_at=row.accepted_at,
            revoked_at=row.revoked_at,
            row_id=row.id,
            sender_id=row.invited_by,
        )


async def read_invitation(context: Context, identity: UUID) -> Invitation | None:
    """An invitation, for whoever may send them."""
    (await context.actor()).require(INVITE)
    row = await context.load(repository.read_invitations, identity)
    return None if row is None else Invitation.from_row(row)
