"""Changing who may do what in a workspace, and who belongs to it."""

import strawberry

from domain.accounts.members.assign import EDIT, set_member_groups
from domain.accounts.members.remove import remove_member
from graph.accounts.authority import authority_of
from graph.accounts.members.inputs import RemoveMemberInput, SetMemberGroupsInput
from graph.accounts.members.types import Member
from graph.support.context import Info
from graph.support.errors import UserError, attempt
from graph.support.fields import mutation


@strawberry.type
class SetMemberGroupsPayload:
    """The member as he is now."""

    member: Member | None
    user_errors: list[UserError]


@strawberry.type
class RemoveMemberPayload:
    """The member as he was; null where he stays."""

    member: Member | None
    user_errors: list[UserError]


@strawberry.type
class MemberMutations:
    """Root fields."""

    @mutation(EDIT, "Put a member into groups; nobody gives or takes what he does not hold.")
    async def set_member_groups(
        self,
        info: Info,
        input: SetMemberGroupsInput,  # noqa: A002 - the argument's name
    ) -> SetMemberGroupsPayload:
        """Change groups."""
        command = input.to_command()
        changed = await attempt(info, lambda uow, actor: set_member_groups(uow, actor, command))
        member = None if changed.value is None else Member.from_row(changed.value)
        return SetMemberGroupsPayload(member=member, user_errors=changed.user_errors)

    @mutation(EDIT, "Remove somebody from the workspace; what he did there stays.")
    async def remove_member(
        self,
        info: Info,
        input: RemoveMemberInput,  # noqa: A002 - the argument's name
    ) -> RemoveMemberPayload:
        """Remove him."""
        command, clock = input.to_command(), authority_of(info.context).clock
        removed = await attempt(info, lambda uow, actor: remove_member(uow, actor, clock, command))
        member = None if removed.value is None else Member.from_row(removed.value)
        return RemoveMemberPayload(member=member, user_errors=removed.user_errors)
