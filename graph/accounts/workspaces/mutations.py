"""Making, entering, handing on, leaving, deleting and restoring workspaces."""

from datetime import datetime

import strawberry

from domain.accounts.workspaces.create import create_workspace
from domain.accounts.workspaces.delete import GRACE, delete_workspace, restore_workspace
from domain.accounts.workspaces.leave import leave_workspace
from domain.accounts.workspaces.switch import switch_workspace
from domain.accounts.workspaces.transfer import OWN, transfer_workspace
from domain.shared.errors import Invalid
from graph.accounts.authority import authority_of
from graph.accounts.sessions.inputs import RefreshTokenPlace
from graph.accounts.sessions.mutations import SessionPayload
from graph.accounts.types import Workspace
from graph.accounts.workspaces.inputs import (
    CreateWorkspaceInput,
    DeleteWorkspaceInput,
    LeaveWorkspaceInput,
    RestoreWorkspaceInput,
    SwitchWorkspaceInput,
    TransferWorkspaceInput,
)
from graph.support.context import Info
from graph.support.errors import UserError, attempt, to_user_errors
from graph.support.fields import mutation

SELF = "account.secure"


@strawberry.type
class CreateWorkspacePayload:
    """The new workspace; `switchWorkspace` leads there."""

    workspace: Workspace | None
    user_errors: list[UserError]


@strawberry.type
class SwitchWorkspacePayload(SessionPayload):
    """Tokens of the same session in the other workspace; its refresh tokens before are spent."""


@strawberry.type
class TransferWorkspacePayload:
    """The workspace, which somebody else owns now."""

    workspace: Workspace | None
    user_errors: list[UserError]


@strawberry.type
class LeaveWorkspacePayload:
    """The caller's sessions there have ended."""

    user_errors: list[UserError]


@strawberry.type
class DeleteWorkspacePayload:
    """Nobody can act in it any more, the caller neither."""

    purged_after: datetime | None = strawberry.field(
        description="Until then its owner can restore it, from any other workspace or none."
    )
    user_errors: list[UserError]


@strawberry.type
class RestoreWorkspacePayload:
    """The workspace, as it was; what was canceled stays so."""

    workspace: Workspace | None
    user_errors: list[UserError]


@strawberry.type
class WorkspaceMutations:
    """Root fields."""

    @mutation(SELF, "Make a workspace of one's own.")
    async def create_workspace(
        self,
        info: Info,
        input: CreateWorkspaceInput,  # noqa: A002 - the argument's name
    ) -> CreateWorkspacePayload:
        """The session stays where it is."""
        command = input.to_command()
        made = await attempt(info, lambda uow, actor: create_workspace(uow, actor, command))
        workspace = None if made.value is None else Workspace.from_row(made.value)
        return CreateWorkspacePayload(workspace=workspace, user_errors=made.user_errors)

    @mutation(SELF, "Go on in another of one's workspaces.")
    async def switch_workspace(
        self,
        info: Info,
        input: SwitchWorkspaceInput,  # noqa: A002 - the argument's name
    ) -> SwitchWorkspacePayload:
        """Exchange the session's tokens."""
        context, authority = info.context, authority_of(info.context)
        keeping = context.cookies if input.refresh_token_in is RefreshTokenPlace.COOKIE else None
        command = input.to_command(context.origin)
        try:
            if keeping is not None:
                keeping.require()
        except Invalid as refused:
            return SwitchWorkspacePayload(user_errors=to_user_errors(refused))
        switched = await attempt(
            info, lambda uow, actor: switch_workspace(uow, actor, authority, command)
        )
        if switched.value is None:
            return SwitchWorkspacePayload(user_errors=switched.user_errors)
        return SwitchWorkspacePayload.hand_out(switched.value, keeping)

    @mutation(OWN, "Make another member the owner of the workspace.")
    async def transfer_workspace(
        self,
        info: Info,
        input: TransferWorkspaceInput,  # noqa: A002 - the argument's name
    ) -> TransferWorkspacePayload:
        """Hand it on."""
        command = input.to_command()
        moved = await attempt(info, lambda uow, actor: transfer_workspace(uow, actor, command))
        workspace = None if moved.value is None else Workspace.from_row(moved.value)
        return TransferWorkspacePayload(workspace=workspace, user_errors=moved.user_errors)

    @mutation(SELF, "Leave a workspace; its owner has to hand it on before.")
    async def leave_workspace(
        self,
        info: Info,
        input: LeaveWorkspaceInput,  # noqa: A002 - the argument's name
    ) -> LeaveWorkspacePayload:
        """Go."""
        command, clock = input.to_command(), authority_of(info.context).clock
        left = await attempt(info, lambda uow, actor: leave_workspace(uow, actor, clock, command))
        return LeaveWorkspacePayload(user_errors=left.user_errors)

    @mutation(OWN, "Delete the workspace; what runs in it is canceled.")
    async def delete_workspace(
        self,
        info: Info,
        input: DeleteWorkspaceInput,  # noqa: A002 - the argument's name
    ) -> DeleteWorkspacePayload:
        """Close it for everybody."""
        command, clock = input.to_command(), authority_of(info.context).clock
        deleted = await attempt(
            info, lambda uow, actor: delete_workspace(uow, actor, clock, command)
        )
        at = None if deleted.value is None else deleted.value.deleted_at
        return DeleteWorkspacePayload(
            purged_after=None if at is None else at + GRACE, user_errors=deleted.user_errors
        )

    @mutation(SELF, "Restore a workspace that one owned, within thirty days of its deletion.")
    async def restore_workspace(
        self,
        info: Info,
        input: RestoreWorkspaceInput,  # noqa: A002 - the argument's name
    ) -> RestoreWorkspacePayload:
        """Open it again."""
        command, clock = input.to_command(), authority_of(info.context).clock
        restored = await attempt(
            info, lambda uow, actor: restore_workspace(uow, actor, clock, command)
        )
        workspace = None if restored.value is None else Workspace.from_row(restored.value)
        return RestoreWorkspacePayload(workspace=workspace, user_errors=restored.user_errors)
