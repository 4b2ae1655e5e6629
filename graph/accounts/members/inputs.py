"""What clients send about members, and how it becomes commands."""

import strawberry

from domain.accounts.members.assign import SetMemberGroups
from domain.accounts.members.remove import RemoveMember
from graph.accounts.groups.types import GROUP
from graph.accounts.members.types import MEMBER
from graph.support.targets import identify


@strawberry.input
class SetMemberGroupsInput:
    """Which groups a member is to be in."""

    id: strawberry.ID = strawberry.field(description="Of a member.")
    group_ids: list[strawberry.ID] = strawberry.field(
        description="All groups; the member leaves those that are not named."
    )

    def to_command(self) -> SetMemberGroups:
        """As the domain takes it."""
        group_ids = [identify(one, GROUP) for one in self.group_ids]
        return SetMemberGroups(identify(self.id, MEMBER), group_ids)


@strawberry.input
class RemoveMemberInput:
    """Whom."""

    id: strawberry.ID = strawberry.field(description="Of a member.")

    def to_command(self) -> RemoveMember:
        """As the domain takes it."""
        return RemoveMember(identify(self.id, MEMBER))
