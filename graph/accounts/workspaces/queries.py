"""Who asks, where, and what he may do there."""

import strawberry

from graph.accounts.queries import load_account
from graph.accounts.types import Account, Workspace, read_workspace
from graph.accounts.workspaces.types import GrantedPermission
from graph.support.context import Info
from graph.support.fields import described


@strawberry.type(description="The caller, and what he may do in the workspace of his session.")
class Viewer:
    """Everything is asked anew with each operation."""

    @described("The caller's own account.")
    async def account(self, info: Info) -> Account:
        """Who asks."""
        return await load_account(info.context)

    @described("Where the session is signed in; null for somebody who belongs nowhere.")
    async def workspace(self, info: Info) -> Workspace | None:
        """Where."""
        actor = await info.context.actor()
        return await read_workspace(info.context, actor.workspace_id)

    @described("What the caller may do here, by name.")
    async def permissions(self, info: Info) -> list[GrantedPermission]:
        """What."""
        return GrantedPermission.list_of(await info.context.actor())


@strawberry.type
class ViewerQueries:
    """Root fields."""

    @described("Who asks, and what he may do.")
    async def viewer(self, info: Info) -> Viewer:
        """The caller."""
        (await info.context.actor()).require("account.self")
        return Viewer()
