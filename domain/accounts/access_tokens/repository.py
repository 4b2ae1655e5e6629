"""The SQL of personal access tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, text, update

from domain.accounts.models import AccessToken
from domain.shared.database import Session


@dataclass(frozen=True, slots=True)
class TokenUse:
    """Whose a token is, and what it may be used for."""

    id: UUID
    user_id: UUID
    workspace_id: UUID
    scopes: frozenset[str]
    expires_at: datetime
    last_used_at: datetime | None


async def add_token(session: Session, token: AccessToken) -> None:
    """Store a new token."""
    session.add(token)
    await session.flush()


async def find_living_token(session: Session, token_hash: bytes, now: datetime) -> TokenUse | None:
    """The token with this hash, whosever it is, unless it was revoked or has expired."""
    behind = text("SELECT * FROM access_token_behind(:wanted)")
    found = select(AccessToken).from_statement(behind)
    token = await session.scalar(found, {"wanted": token_hash})
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        return None
    return TokenUse(
        token.id,
        token.user_id,
        token.workspace_id,
        frozenset(token.scopes),
        token.expires_at,
        token.last_used_at,
    )


async def note_use(session: Session, token_id: UUID, now: datetime, every: timedelta) -> None:
    """Note when a token was used, at most once in a while."""
    await session.execute(
        update(AccessToken)
        .where(
            AccessToken.id == token_id,
            or_(AccessToken.last_used_at.is_(None), AccessToken.last_used_at < now - every),
        )
        .values(last_used_at=now)
    )


async def read_tokens(
    session: Session, user_id: UUID, workspace_id: UUID, now: datetime
) -> Sequence[AccessToken]:
    """A person's living tokens in a workspace, newest first."""
    statement = (
        select(AccessToken)
        .where(
            AccessToken.user_id == user_id,
            AccessToken.workspace_id == workspace_id,
            AccessToken.revoked_at.is_(None),
            AccessToken.expires_at > now,
        )
        .order_by(AccessToken.created_at.desc(), AccessToken.id)
    )
    return (await session.scalars(statement)).all()


async def revoke_token(
    session: Session, token_id: UUID, user_id: UUID, now: datetime
) -> AccessToken | None:
    """Make a token of this person worthless; None when there is no such token."""
    token = await session.scalar(
        select(AccessToken)
        .where(AccessToken.id == token_id, AccessToken.user_id == user_id)
        .with_for_update()
    )
    if token is not None and token.revoked_at is None:
        token.revoked_at = now
    return token


async def forget_dead_tokens(session: Session, before: datetime, limit: int) -> int:
    """Delete tokens that expired or were revoked before this moment; return how many."""
    return await session.scalar(select(func.forget_access_tokens(before, limit))) or 0
