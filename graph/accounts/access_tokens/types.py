"""Access tokens as their owner sees them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.accounts import models
from domain.accounts.access_tokens import repository
from graph.accounts.authority import authority_of
from graph.support.context import Context
from graph.support.ids import encode_id
from graph.support.nodes import Node

ACCESS_TOKEN = "AccessToken"  # noqa: S105 - the name of a type


@strawberry.type(description="A personal access token, for scripts; it works in one workspace.")
class AccessToken(Node):
    """A row of `access_tokens`."""

    name: str
    hint: str = strawberry.field(description="How it begins, to recognise it.")
    scopes: list[str] = strawberry.field(
        description="Permissions; it allows what is among them and its owner may do."
    )
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = strawberry.field(description="To the minute.")
    revoked_at: datetime | None

    @classmethod
    def from_row(cls, row: models.AccessToken) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id(ACCESS_TOKEN, row.id),
            name=row.name,
            hint=row.hint,
            scopes=row.scopes,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )


async def read_access_tokens(context: Context) -> list[AccessToken]:
    """The caller's living tokens in the workspace, newest first."""
    actor = await context.actor()
    actor.require("account.secure")
    now = authority_of(context).clock.now()
    async with context.reading() as session:
        rows = await repository.read_tokens(session, actor.user_id, actor.workspace_id, now)
    return [AccessToken.from_row(row) for row in rows]


async def read_access_token(context: Context, identity: UUID) -> AccessToken | None:
    """One of the caller's own living tokens."""
    own = await read_access_tokens(context)
    return next((one for one in own if one.id == encode_id(ACCESS_TOKEN, identity)), None)
