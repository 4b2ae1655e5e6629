"""Reading members."""

import strawberry

from domain.accounts.members import repository
from graph.accounts.groups.types import READ
from graph.accounts.members.types import MEMBER, Member, read_member
from graph.support.lists import listed
from graph.support.nodes import NodeReader
from graph.support.paging import Connection


@strawberry.type
class MemberQueries:
    """Root fields."""

    members: Connection[Member] = listed(
        repository.MEMBERS,
        permission=READ,
        description="Who belongs to the workspace, whoever joined first first.",
    )


NODES: dict[str, NodeReader] = {MEMBER: read_member}
