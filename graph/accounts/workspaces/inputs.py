"""What clients send about workspaces as a whole, and how it becomes commands."""

import strawberry

from domain.accounts.workspaces.create import CreateWorkspace
from domain.accounts.workspaces.delete import DeleteWorkspace, RestoreWorkspace
from domain.accounts.workspaces.leave import LeaveWorkspace
from domain.accounts.workspaces.switch import SwitchWorkspace
from domain.accounts.workspaces.transfer import TransferWorkspace
from domain.shared.origin import Origin
from graph.accounts.members.types import MEMBER
from graph.accounts.sessions.inputs import RefreshTokenPlace
from graph.support.targets import identify

WORKSPACE = "Workspace"
HERE = "Of the workspace of this session."
MINE = "Of one of the caller's workspaces."


@strawberry.input
class CreateWorkspaceInput:
    """A workspace to be."""

    name: str

    def to_command(self) -> CreateWorkspace:
        """As the domain takes it."""
        return CreateWorkspace(self.name)


@strawberry.input
class SwitchWorkspaceInput:
    """Where to."""

    id: strawberry.ID = strawberry.field(description=MINE)
    refresh_token_in: RefreshTokenPlace = strawberry.field(
        default=RefreshTokenPlace.BODY, description="As it was for `login`."
    )

    def to_command(self, origin: Origin) -> SwitchWorkspace:
        """As the domain takes it."""
        in_cookie = self.refresh_token_in is RefreshTokenPlace.COOKIE
        return SwitchWorkspace(identify(self.id, WORKSPACE), origin, in_cookie)


@strawberry.input
class TransferWorkspaceInput:
    """To whom."""

    id: strawberry.ID = strawberry.field(description=HERE)
    member_id: strawberry.ID = strawberry.field(description="Of the member who is to own it.")

    def to_command(self) -> TransferWorkspace:
        """As the domain takes it."""
        return TransferWorkspace(identify(self.id, WORKSPACE), identify(self.member_id, MEMBER))


@strawberry.input
class LeaveWorkspaceInput:
    """Which one."""

    id: strawberry.ID = strawberry.field(description=MINE)

    def to_command(self) -> LeaveWorkspace:
        """As the domain takes it."""
        return LeaveWorkspace(identify(self.id, WORKSPACE))


@strawberry.input
class DeleteWorkspaceInput:
    """Which one."""

    id: strawberry.ID = strawberry.field(description=HERE)

    def to_command(self) -> DeleteWorkspace:
        """As the domain takes it."""
        return DeleteWorkspace(identify(self.id, WORKSPACE))


@strawberry.input
class RestoreWorkspaceInput:
    """Which one."""

    id: strawberry.ID = strawberry.field(description="Of a deleted workspace of the caller's.")

    def to_command(self) -> RestoreWorkspace:
        """As the domain takes it."""
        return RestoreWorkspace(identify(self.id, WORKSPACE))
