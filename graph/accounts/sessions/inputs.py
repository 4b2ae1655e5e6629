"""What clients send to sign in and to end sessions."""

from enum import Enum
from uuid import UUID

import strawberry

from domain.accounts.login import Login
from domain.accounts.refresh import RefreshSession
from graph.accounts.sessions.types import SESSION
from graph.support.context import Context
from graph.support.targets import identify


@strawberry.enum(description="Where a client keeps its refresh token.")
class RefreshTokenPlace(Enum):
    """For a script, or for a page."""

    BODY = "body"
    COOKIE = "cookie"


@strawberry.input
class LoginInput:
    """Who wants in."""

    email: str
    password: str
    code: str = strawberry.field(
        default="",
        description="Of the authenticator app, or a recovery code, once CODE_NEEDED asks for it.",
    )
    refresh_token_in: RefreshTokenPlace = strawberry.field(
        default=RefreshTokenPlace.BODY,
        description="COOKIE for pages: no script of a page can read it there (docs: sign-in).",
    )

    def to_command(self, context: Context) -> Login:
        """As the domain takes it."""
        return Login(
            self.email,
            self.password,
            context.origin,
            self.code,
            in_cookie=self.refresh_token_in is RefreshTokenPlace.COOKIE,
            device_token=context.cookies.device,
        )


@strawberry.input
class RefreshSessionInput:
    """The newest refresh token of the session."""

    refresh_token: str | None = strawberry.field(
        default=None, description="Without one, the browser's cookie counts."
    )

    def to_command(self, context: Context) -> RefreshSession:
        """As the domain takes it.

        Raises:
            Invalid: there is neither a token nor a cookie that counts.
        """
        token = self.refresh_token
        if token is None:
            token = context.cookies.read()
        return RefreshSession(token, context.origin)


@strawberry.input
class EndSessionInput:
    """Which of one's sessions."""

    id: strawberry.ID = strawberry.field(description="Of a session, as `me.sessions` lists them.")

    def to_target(self) -> UUID:
        """As the domain takes it."""
        return identify(self.id, SESSION)


@strawberry.input
class EndAllSessionsInput:
    """All of one's sessions."""

    keep_current: bool = strawberry.field(
        default=False, description="Whether the session that asks goes on."
    )
