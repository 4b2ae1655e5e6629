"""Reading invitations."""

import strawberry

from domain.accounts.invitations import repository
from domain.accounts.invitations.invite import INVITE
from graph.accounts.invitations.types import INVITATION, Invitation, read_invitation
from graph.support.context import Info
from graph.support.fields import described
from graph.support.nodes import NodeReader
from graph.support.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    make_connection,
    request_page,
)


@strawberry.type
class InvitationQueries:
    """Root fields."""

    @described("Invitations that were neither accepted nor taken back, the newest first.")
    async def invitations(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Invitation]:
        """A page of them."""
        actor = await info.context.actor()
        actor.require(INVITE)
        request = request_page(first=first, after=after, last=last, before=before, descending=True)
        workspace = actor.workspace_id
        async with info.context.reading() as session:
            page = await repository.page_invitations(session, workspace, request)

        async def count() -> int:
            async with info.context.reading() as session:
                return await repository.count_open(session, workspace)

        return make_connection(
            page, Invitation.from_row, lambda row: (row.created_at, row.id), count
        )


NODES: dict[str, NodeReader] = {INVITATION: read_invitation}
