"""Changing the workspace, and what belongs to one's account."""

import strawberry

from domain.accounts import repository
from domain.accounts.workspaces.update import update_workspace
from graph.accounts.inputs import UpdateWorkspaceInput
from graph.accounts.types import Workspace
from graph.support.context import Info
from graph.support.errors import UserError, attempt
from graph.support.fields import mutation
from graph.support.targets import read_if_stale


@strawberry.type
class UpdateWorkspacePayload:
    """The workspace as it is now, also after a CONFLICT."""

    workspace: Workspace | None
    user_errors: list[UserError]


@strawberry.type
class AccountMutations:
    """Root fields."""

    @mutation("workspace.edit", "Change the workspace.")
    async def update_workspace(
        self,
        info: Info,
        input: UpdateWorkspaceInput,  # noqa: A002 - the argument's name
    ) -> UpdateWorkspacePayload:
        """Change the workspace."""
        command = input.to_command()
        changed = await attempt(info, lambda uow, actor: update_workspace(uow, actor, command))
        row = await read_if_stale(info, changed, repository.read_workspaces, command.workspace_id)
        workspace = None if row is None else Workspace.from_row(row)
        return UpdateWorkspacePayload(workspace=workspace, user_errors=changed.user_errors)
