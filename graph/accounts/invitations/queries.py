"""Reading invitations."""

import strawberry

from domain.accounts.invitations import repository
from domain.accounts.invitations.invite import INVITE
from graph.accounts.invitations.types import INVITATION, Invitation, read_invitation
from graph.support.lists import listed
from graph.support.nodes import NodeReader
from graph.support.paging import Connection


@strawberry.type
class InvitationQueries:
    """Root fields."""

    invitations: Connection[Invitation] = listed(
        repository.INVITATIONS,
        permission=INVITE,
        descending=True,
        description="Invitations that were neither accepted nor taken back, the newest first.",
    )


NODES: dict[str, NodeReader] = {INVITATION: read_invitation}
