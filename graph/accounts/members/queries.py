"""Reading members."""

import strawberry

from domain.accounts.members import repository
from domain.accounts.models import WorkspaceMember
from graph.accounts.groups.types import READ
from graph.accounts.members.types import MEMBER, Member, read_member
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
class MemberQueries:
    """Root fields."""

    @described("Who belongs to the workspace, whoever joined first first.")
    async def members(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Member]:
        """A page of them."""
        actor = await info.context.actor()
        actor.require(READ)
        request = request_page(first=first, after=after, last=last, before=before)
        workspace = actor.workspace_id
        async with info.context.reading() as session:
            page = await repository.page_members(session, workspace, request)
            ids = [row.user_id for row in page.rows]
            people = await repository.read_members(session, workspace, ids)

        def make_member(row: WorkspaceMember) -> Member:
            return Member.from_member(people[row.user_id])

        async def count() -> int:
            async with info.context.reading() as session:
                return await repository.count_members(session, workspace)

        return make_connection(page, make_member, lambda row: (row.created_at, row.user_id), count)


NODES: dict[str, NodeReader] = {MEMBER: read_member}
