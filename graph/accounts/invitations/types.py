"""Invitations as those see them who may send them."""

from datetime import datetime
from uuid import UUID

import strawberry

from domain.accounts.invitations import repository
from domain.accounts.invitations.invite import INVITE
from domain.accounts.members import repository as members
from domain.accounts.models import Invitation as InvitationRow
from graph.accounts.groups.types import READ, Group
from graph.accounts.members.types import Member
from graph.support.context import Context
from graph.support.nodes import Node
from graph.support.rows import Shown, column, global_id, related

INVITATION = "Invitation"


@strawberry.type(description="Somebody with this address may join the workspace, once.")
class Invitation(Shown, Node):
    """A row of `invitations`; its token is in the mail and nowhere else."""

    row: strawberry.Private[InvitationRow]
    id: strawberry.ID = global_id(INVITATION)
    email: str = column()
    sends: int = column(description="How often the mail was sent.")
    created_at: datetime = column()
    expires_at: datetime = column()
    accepted_at: datetime | None = column()
    revoked_at: datetime | None = column()
    groups: list[Group] = related(
        repository.read_groups_of, permission=READ, description="The groups it leads into."
    )
    invited_by: Member | None = related(
        members.read_people,
        "invited_by",
        permission=READ,
        description="Who answers for it; null once that person has gone.",
    )


async def read_invitation(context: Context, identity: UUID) -> Invitation | None:
    """An invitation, for whoever may send them."""
    (await context.actor()).require(INVITE)
    row = await context.load(repository.read_invitations, identity)
    return None if row is None else Invitation.from_row(row)
