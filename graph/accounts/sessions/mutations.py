"""Signing in, going on, signing out, and ending sessions on other devices."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Self

import strawberry

from domain.accounts.end_sessions import end_all_sessions, end_session
from domain.accounts.errors import CodeNeeded, SessionEnded, WrongCredentials
from domain.accounts.login import login
from domain.accounts.logout import logout
from domain.accounts.refresh import refresh
from domain.accounts.sessions import SignedIn
from domain.shared.errors import Invalid
from graph.accounts.authority import authority_of
from graph.accounts.sessions.inputs import (
    EndAllSessionsInput,
    EndSessionInput,
    LoginInput,
    RefreshSessionInput,
    RefreshTokenPlace,
)
from graph.support.context import Info
from graph.support.cookies import Cookies
from graph.support.errors import UserError, attempt, to_user_errors
from graph.support.fields import mutation, public_mutation

ACCESS = "Goes into the header `Authorization: Bearer …`, and into `connection_init`."
REFRESH = "Works once; its second use ends the session. Null where the cookie holds it."


@strawberry.type
class SessionPayload:
    """What proves who one is, or why nothing does; all null where there are errors."""

    access_token: str | None = strawberry.field(default=None, description=ACCESS)
    access_token_expires_at: datetime | None = None
    refresh_token: str | None = strawberry.field(default=None, description=REFRESH)
    refresh_token_expires_at: datetime | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list)

    @classmethod
    async def of(cls, signing_in: Awaitable[SignedIn], keeping: Cookies | None) -> Self:
        """Wait for the verb; a refusal becomes a user error.

        Args:
            signing_in: The verb.
            keeping: The cookies that the refresh token goes into, if it does.
        """
        try:
            signed_in = await signing_in
        except (WrongCredentials, CodeNeeded, SessionEnded) as refused:
            if keeping is not None and isinstance(refused, SessionEnded) and refused.is_over:
                keeping.drop()  # the browser holds what is worth nothing
            return cls(user_errors=to_user_errors(refused))
        return cls.hand_out(signed_in, keeping)

    @classmethod
    def hand_out(cls, signed_in: SignedIn, keeping: Cookies | None) -> Self:
        """The tokens, of which a cookie may take one."""
        if keeping is not None:
            keeping.keep(signed_in.refresh_token, signed_in.refresh_expires_at)
            if signed_in.device is not None:
                keeping.remember(signed_in.device.token, signed_in.device.expires_at)
        return cls(
            access_token=signed_in.access_token,
            access_token_expires_at=signed_in.access_expires_at,
            refresh_token=None if keeping is not None else signed_in.refresh_token,
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
class EndSessionPayload:
    """The session is over; its access token too."""

    user_errors: list[UserError]


@strawberry.type
class EndAllSessionsPayload:
    """How many sessions have ended."""

    ended: int = 0
    user_errors: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class SessionMutations:
    """Root fields."""

    @public_mutation("Nobody is signed in before this.", "Sign in.")
    async def login(
        self,
        info: Info,
        input: LoginInput,  # noqa: A002 - the argument's name
    ) -> LoginPayload:
        """Begin a session."""
        context = info.context
        keeping = context.cookies if input.refresh_token_in is RefreshTokenPlace.COOKIE else None
        try:
            if keeping is not None:
                keeping.require()
        except Invalid as refused:
            return LoginPayload(user_errors=to_user_errors(refused))
        command = input.to_command(context)
        return await LoginPayload.of(
            login(context.own_units, authority_of(context), command), keeping
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
        try:
            command = input.to_command(context)
        except Invalid as refused:
            return RefreshSessionPayload(user_errors=to_user_errors(refused))
        keeping = context.cookies if input.refresh_token is None else None
        return await RefreshSessionPayload.of(
            refresh(context.own_units, authority_of(context), command), keeping
        )

    @mutation("account.self", "Sign out: end the session whose access token this carries.")
    async def logout(self, info: Info) -> LogoutPayload:
        """End the session."""
        clock = authority_of(info.context).clock
        ended = await attempt(info, lambda uow, actor: logout(uow, actor, clock))
        info.context.cookies.drop()
        return LogoutPayload(user_errors=ended.user_errors)

    @mutation("account.secure", "End one of one's sessions, such as that of a lost device.")
    async def end_session(
        self,
        info: Info,
        input: EndSessionInput,  # noqa: A002 - the argument's name
    ) -> EndSessionPayload:
        """End it."""
        clock, target = authority_of(info.context).clock, input.to_target()
        ended = await attempt(info, lambda uow, actor: end_session(uow, actor, clock, target))
        return EndSessionPayload(user_errors=ended.user_errors)

    @mutation("account.secure", "Sign out everywhere; access tokens end too.")
    async def end_all_sessions(
        self,
        info: Info,
        input: EndAllSessionsInput,  # noqa: A002 - the argument's name
    ) -> EndAllSessionsPayload:
        """End them."""
        clock, keep = authority_of(info.context).clock, input.keep_current
        ended = await attempt(
            info, lambda uow, actor: end_all_sessions(uow, actor, clock, keep_this=keep)
        )
        if not keep:
            info.context.cookies.drop()
        return EndAllSessionsPayload(ended=ended.value or 0, user_errors=ended.user_errors)
