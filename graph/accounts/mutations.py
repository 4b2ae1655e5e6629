"""Signing in and out, and changing the workspace."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Self

import strawberry

from domain.accounts import repository
from domain.accounts.errors import SessionEnded, WrongCredentials
from domain.accounts.login import login
from domain.accounts.logout import logout
from domain.accounts.refresh import refresh
from domain.accounts.sessions import SignedIn
from domain.accounts.workspaces.update import update_workspace
from graph.accounts.authority import authority_of
from graph.accounts.inputs import LoginInput, RefreshSessionInput, UpdateWorkspaceInput
from graph.accounts.types import Workspace
from graph.support.context import Info
from graph.support.errors import UserError, attempt, to_user_errors
from graph.support.fields import mutation, public_mutation
from graph.support.targets import read_if_stale

ACCESS = "Goes into the header `Authorization: Bearer …`, and into `connection_init`."
REFRESH = "Works once; its second use ends the session."


@strawberry.type
class SessionPayload:
    """What proves who one is, or why nothing does; all null where there are errors."""

    access_token: str | None = strawberry.field(default=None, description=ACCESS)
    access_token_expires_at: datetime | None = None
    refresh_token: str | None = strawberry.field(default=None, description=REFRESH)
    refresh_token_expires_at: datetime | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list)

    @classmethod
    async def of(cls, signing_in: Awaitable[SignedIn]) -> Self:
        """Wait for the verb; a refusal becomes a user error."""
        try:
            signed_in = await signing_in
        except (WrongCredentials, SessionEnded) as refused:
            return cls(user_errors=to_user_errors(refused))
        return cls(
            access_token=signed_in.access_token,
            access_token_expires_at=signed_in.access_expires_at,
            refresh_token=signed_in.refresh_token,
            refresh_token_expires_at=signed_in.refresh_expires_at,
        )


@strawberry.type
class LoginPayload(SessionPayload):
    """Tokens of a new session."""


@strawberry.type
class RefreshSessionPayload(SessionPayload):
    """New tokens of the session; the ones before are worth nothing from now on."""


@strawberry.type
class LogoutPayload:
    """Nothing is left of the session."""

    user_errors: list[UserError]


@strawberry.type
class UpdateWorkspacePayload:
    """The workspace as it is now, also after a CONFLICT."""

    workspace: Workspace | None
    user_errors: list[UserError]


@strawberry.type
class AccountMutations:
    """Root fields."""

    @public_mutation("Nobody is signed in before this.", "Sign in.")
    async def login(
        self,
        info: Info,
        input: LoginInput,  # noqa: A002 - the argument's name
    ) -> LoginPayload:
        """Begin a session."""
        context = info.context
        return await LoginPayload.of(
            login(context.units, authority_of(context), input.to_command())
        )

    @public_mutation(
        "The refresh token itself says who asks.",
        "Go on with a session, before or after its access token has expired.",
    )
    async def refresh_session(
        self,
        info: Info,
        input: RefreshSessionInput,  # noqa: A002 - the argument's name
    ) -> RefreshSessionPayload:
        """Exchange a refresh token."""
        context = info.context
        return await RefreshSessionPayload.of(
            refresh(context.units, authority_of(context), input.to_command())
        )

    @mutation("account.self", "Sign out: end the session whose access token this carries.")
    async def logout(self, info: Info) -> LogoutPayload:
        """End the session."""
        clock = authority_of(info.context).clock
        ended = await attempt(info, lambda uow, actor: logout(uow, actor, clock))
        return LogoutPayload(user_errors=ended.user_errors)

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
