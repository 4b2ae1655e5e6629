"""Sessions as their owner sees them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.accounts.credentials import repository
from domain.accounts.models import UserSession
from domain.shared.clock import Clock
from graph.accounts.authority import authority_of
from graph.support.context import Context
from graph.support.ids import encode_id
from graph.support.nodes import Node

SESSION = "Session"


@strawberry.type(description="A sign-in on one device.")
class Session(Node):
    """A row of `sessions`."""

    device: str = strawberry.field(description="What the client calls itself (User-Agent).")
    address: str = strawberry.field(description="Where it was used from last.")
    is_current: bool = strawberry.field(description="Whether this very request belongs to it.")
    created_at: datetime
    last_used_at: datetime = strawberry.field(description="When it was signed in or refreshed.")
    expires_at: datetime

    @classmethod
    def from_row(cls, row: UserSession, current: UUID) -> Self:
        """Wrap a row."""
        return cls(
            id=encode_id(SESSION, row.id),
            device=row.device,
            address=row.address,
            is_current=row.id == current,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
        )


async def read_sessions(context: Context) -> list[Session]:
    """The caller's open sessions, what was used last first."""
    actor = await context.actor()
    actor.require("account.secure")
    clock: Clock = authority_of(context).clock
    async with context.reading() as session:
        rows = await repository.read_open_sessions(session, actor.user_id, clock.now())
    return [Session.from_row(row, actor.session_id) for row in rows]


async def read_session(context: Context, identity: UUID) -> Session | None:
    """One of the caller's own open sessions."""
    own = await read_sessions(context)
    return next((one for one in own if one.id == encode_id(SESSION, identity)), None)
