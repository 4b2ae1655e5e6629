"""What clients send about invitations, and how it becomes commands."""

import strawberry

from domain.accounts.invitations.accept import AcceptInvitation
from domain.accounts.invitations.invite import InviteMember, ResendInvitation, RevokeInvitation
from graph.accounts.groups.types import GROUP
from graph.accounts.invitations.types import INVITATION
from graph.support.targets import identify

OF_AN_INVITATION = "Of an open invitation."


@strawberry.input
class InviteMemberInput:
    """Whom, and into which groups."""

    email: str
    group_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="None that holds what the caller does not hold.",
    )

    def to_command(self) -> InviteMember:
        """As the domain takes it."""
        return InviteMember(self.email, [identify(one, GROUP) for one in self.group_ids])


@strawberry.input
class ResendInvitationInput:
    """Which invitation."""

    id: strawberry.ID = strawberry.field(description=OF_AN_INVITATION)

    def to_command(self) -> ResendInvitation:
        """As the domain takes it."""
        return ResendInvitation(identify(self.id, INVITATION))


@strawberry.input
class RevokeInvitationInput:
    """Which invitation."""

    id: strawberry.ID = strawberry.field(description=OF_AN_INVITATION)

    def to_command(self) -> RevokeInvitation:
        """As the domain takes it."""
        return RevokeInvitation(identify(self.id, INVITATION))


@strawberry.input
class AcceptInvitationInput:
    """The token of the mail's link."""

    token: str

    def to_command(self) -> AcceptInvitation:
        """As the domain takes it."""
        return AcceptInvitation(self.token)
