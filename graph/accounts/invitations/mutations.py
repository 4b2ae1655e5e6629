"""Sending, taking back and accepting invitations."""

import strawberry

from domain.accounts.invitations.accept import accept_invitation
from domain.accounts.invitations.invite import (
    INVITE,
    invite_member,
    resend_invitation,
    revoke_invitation,
)
from graph.accounts.authority import authority_of
from graph.accounts.invitations.inputs import (
    AcceptInvitationInput,
    InviteMemberInput,
    ResendInvitationInput,
    RevokeInvitationInput,
)
from graph.accounts.invitations.types import Invitation
from graph.support.context import Info
from graph.support.errors import UserError, attempt
from graph.support.fields import mutation
from graph.support.ids import encode_id


@strawberry.type
class InviteMemberPayload:
    """The new invitation."""

    invitation: Invitation | None
    user_errors: list[UserError]


@strawberry.type
class ResendInvitationPayload:
    """The invitation, good for another seven days."""

    invitation: Invitation | None
    user_errors: list[UserError]


@strawberry.type
class RevokeInvitationPayload:
    """The invitation, which is worth nothing now."""

    invitation: Invitation | None
    user_errors: list[UserError]


@strawberry.type
class AcceptInvitationPayload:
    """Where the caller belongs from now on; `switchWorkspace` leads there."""

    workspace_id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type
class InvitationMutations:
    """Root fields."""

    @mutation(INVITE, "Invite somebody by mail; the link in it works once, within seven days.")
    async def invite_member(
        self,
        info: Info,
        input: InviteMemberInput,  # noqa: A002 - the argument's name
    ) -> InviteMemberPayload:
        """Send an invitation."""
        command, authority = input.to_command(), authority_of(info.context)
        sent = await attempt(info, lambda uow, actor: invite_member(uow, actor, authority, command))
        invitation = None if sent.value is None else Invitation.from_row(sent.value)
        return InviteMemberPayload(invitation=invitation, user_errors=sent.user_errors)

    @mutation(INVITE, "Send the mail of an invitation again.")
    async def resend_invitation(
        self,
        info: Info,
        input: ResendInvitationInput,  # noqa: A002 - the argument's name
    ) -> ResendInvitationPayload:
        """With the same link."""
        command, authority = input.to_command(), authority_of(info.context)
        sent = await attempt(
            info, lambda uow, actor: resend_invitation(uow, actor, authority, command)
        )
        invitation = None if sent.value is None else Invitation.from_row(sent.value)
        return ResendInvitationPayload(invitation=invitation, user_errors=sent.user_errors)

    @mutation(INVITE, "Take an invitation back.")
    async def revoke_invitation(
        self,
        info: Info,
        input: RevokeInvitationInput,  # noqa: A002 - the argument's name
    ) -> RevokeInvitationPayload:
        """Its link is worth nothing from now on."""
        command, clock = input.to_command(), authority_of(info.context).clock
        revoked = await attempt(
            info, lambda uow, actor: revoke_invitation(uow, actor, clock, command)
        )
        invitation = None if revoked.value is None else Invitation.from_row(revoked.value)
        return RevokeInvitationPayload(invitation=invitation, user_errors=revoked.user_errors)

    @mutation(
        "account.secure",
        "Join a workspace; the invitation has to be for the caller's own address.",
    )
    async def accept_invitation(
        self,
        info: Info,
        input: AcceptInvitationInput,  # noqa: A002 - the argument's name
    ) -> AcceptInvitationPayload:
        """Use the link."""
        command, clock = input.to_command(), authority_of(info.context).clock
        joined = await attempt(
            info, lambda uow, actor: accept_invitation(uow, actor, clock, command)
        )
        target = None if joined.value is None else encode_id("Workspace", joined.value)
        return AcceptInvitationPayload(workspace_id=target, user_errors=joined.user_errors)
