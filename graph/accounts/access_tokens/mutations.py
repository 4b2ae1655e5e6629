"""Making and revoking access tokens."""

from uuid import UUID

import strawberry

from domain.accounts.access_tokens.create import (
    DEFAULT_DAYS,
    CreateAccessToken,
    create_access_token,
    revoke_access_token,
)
from graph.accounts.access_tokens.types import ACCESS_TOKEN, AccessToken
from graph.accounts.authority import authority_of
from graph.accounts.people.inputs import PROOF
from graph.support.context import Info
from graph.support.errors import UserError, attempt, attempt_alone
from graph.support.fields import mutation
from graph.support.targets import identify


@strawberry.input
class CreateAccessTokenInput:
    """A token to be."""

    password: str = strawberry.field(description=PROOF)
    name: str = strawberry.field(description="What it is for.")
    scopes: list[str] = strawberry.field(description="Permissions that you hold yourself.")
    days: int = strawberry.field(default=DEFAULT_DAYS, description="How long it lives: 1 to 365.")

    def to_command(self) -> CreateAccessToken:
        """As the domain takes it."""
        return CreateAccessToken(self.name, self.scopes, self.days)


@strawberry.input
class RevokeAccessTokenInput:
    """Which token."""

    id: strawberry.ID = strawberry.field(description="Of an access token.")

    def to_target(self) -> UUID:
        """As the domain takes it."""
        return identify(self.id, ACCESS_TOKEN)


@strawberry.type
class CreateAccessTokenPayload:
    """The new token."""

    access_token: AccessToken | None
    token: str | None = strawberry.field(
        description="Shown this once; goes into the header `Authorization: Bearer …`."
    )
    user_errors: list[UserError]


@strawberry.type
class RevokeAccessTokenPayload:
    """The token as it was."""

    access_token: AccessToken | None
    user_errors: list[UserError]


@strawberry.type
class AccessTokenMutations:
    """Root fields."""

    @mutation("account.secure", "Make an access token for a script, in this workspace.")
    async def create_access_token(
        self,
        info: Info,
        input: CreateAccessTokenInput,  # noqa: A002 - the argument's name
    ) -> CreateAccessTokenPayload:
        """Make a token."""
        context = info.context
        actor = await context.actor()
        doing = create_access_token(
            context.own_units, authority_of(context), actor, input.password, input.to_command()
        )
        made = await attempt_alone(doing)
        return CreateAccessTokenPayload(
            access_token=None if made.value is None else AccessToken.from_row(made.value.row),
            token=None if made.value is None else made.value.token,
            user_errors=made.user_errors,
        )

    @mutation("account.secure", "Make one of one's access tokens worthless.")
    async def revoke_access_token(
        self,
        info: Info,
        input: RevokeAccessTokenInput,  # noqa: A002 - the argument's name
    ) -> RevokeAccessTokenPayload:
        """Revoke it."""
        clock, target = authority_of(info.context).clock, input.to_target()
        revoked = await attempt(
            info, lambda uow, actor: revoke_access_token(uow, actor, clock, target)
        )
        token = None if revoked.value is None else AccessToken.from_row(revoked.value)
        return RevokeAccessTokenPayload(access_token=token, user_errors=revoked.user_errors)
