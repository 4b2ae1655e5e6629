"""The SQL of what proves who somebody is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, delete, func, select, update

from domain.accounts.models import RefreshToken, UserSession
from domain.shared.database import Session, set_person


@dataclass(frozen=True, slots=True)
class Link:
    """A refresh token with the session that it continues."""

    session_id: UUID
    user_id: UUID
    workspace_id: UUID
    used_at: datetime | None
    expires_at: datetime
    ended_at: datetime | None
    overtaken_at: datetime | None
    device: str
    address: str


MAX_ADDRESSES = 100


async def add_session(session: Session, begun: UserSession) -> None:
    """Store a new session."""
    session.add(begun)
    await session.flush()


async def add_refresh_token(session: Session, token: RefreshToken) -> None:
    """Store one link of a session."""
    session.add(token)
    await session.flush()


async def enter_as_owner(session: Session, token_hash: bytes) -> None:
    """Let row-level security show what belongs to whoever this refresh token is, if to anybody."""
    owner = func.owner_of_refresh_token(token_hash, type_=Uuid())
    await session.execute(select(set_person(owner)))


async def find_link(session: Session, token_hash: bytes) -> Link | None:
    """The link with this hash, as it is now, for the person it belongs to."""
    statement = (
        select(
            RefreshToken.session_id,
            UserSession.user_id,
            UserSession.workspace_id,
            RefreshToken.used_at,
            RefreshToken.expires_at,
            UserSession.ended_at,
            RefreshToken.overtaken_at,
            UserSession.device,
            UserSession.address,
        )
        .join(UserSession, UserSession.id == RefreshToken.session_id)
        .where(RefreshToken.token_hash == token_hash)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Link(*row)


async def lock_session(session: Session, session_id: UUID) -> None:
    """Wait for whoever continues or ends this session, so that no new link escapes its end."""
    await session.execute(
        select(UserSession.id).where(UserSession.id == session_id).with_for_update()
    )


async def use_refresh_token(session: Session, token_hash: bytes, now: datetime) -> bool:
    """Mark the link used; False when it was used before, its session ended, or it has expired."""
    open_sessions = select(UserSession.id).where(UserSession.ended_at.is_(None))
    used = (
        update(RefreshToken)
        .where(
            RefreshToken.token_hash == token_hash,
            RefreshToken.used_at.is_(None),
            RefreshToken.expires_at > now,
            RefreshToken.session_id.in_(open_sessions),
        )
        .values(used_at=now)
        .returning(RefreshToken.id)
    )
    return (await session.scalar(used)) is not None


async def note_overtaken(session: Session, token_hash: bytes, now: datetime) -> None:
    """Note, once, that a request with this used link had arrived before its use."""
    await session.execute(
        update(RefreshToken)
        .where(RefreshToken.token_hash == token_hash, RefreshToken.overtaken_at.is_(None))
        .values(overtaken_at=now)
    )


async def renew_session(
    session: Session,
    session_id: UUID,
    *,
    workspace_id: UUID,
    now: datetime,
    expires_at: datetime,
    device: str,
    address: str,
) -> None:
    """Note that a session goes on, from where, and where it works now."""
    await session.execute(
        update(UserSession)
        .where(UserSession.id == session_id)
        .values(
            workspace_id=workspace_id,
            last_used_at=now,
            expires_at=expires_at,
            device=device,
            address=address,
        )
    )


async def end_session(session: Session, session_id: UUID, now: datetime) -> bool:
    """End a session; False when it had ended already."""
    ended = (
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(UserSession.id)
    )
    return (await session.scalar(ended)) is not None


async def end_sessions(
    session: Session, user_id: UUID, now: datetime, *, but: UUID | None = None
) -> int:
    """End every session of a person, except one; return how many."""
    ending = update(UserSession).where(
        UserSession.user_id == user_id, UserSession.ended_at.is_(None)
    )
    if but is not None:
        ending = ending.where(UserSession.id != but)
    ended = await session.scalars(ending.values(ended_at=now).returning(UserSession.id))
    return len(ended.all())


async def read_open_sessions(
    session: Session, user_id: UUID, now: datetime
) -> Sequence[UserSession]:
    """Where a person is signed in, what was used last first."""
    statement = (
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
        )
        .order_by(UserSession.last_used_at.desc(), UserSession.id)
    )
    return (await session.scalars(statement)).all()


async def find_addresses(session: Session, user_id: UUID, since: datetime) -> Sequence[str]:
    """Where a person has been signed in lately, the last place first."""
    statement = (
        select(UserSession.address)
        .where(
            UserSession.user_id == user_id,
            UserSession.last_used_at >= since,
            UserSession.address != "",
        )
        .group_by(UserSession.address)
        .order_by(func.max(UserSession.last_used_at).desc())
        .limit(MAX_ADDRESSES)
    )
    return (await session.scalars(statement)).all()


async def find_session(session: Session, session_id: UUID, user_id: UUID) -> UserSession | None:
    """A session of this person."""
    return await session.scalar(
        select(UserSession).where(UserSession.id == session_id, UserSession.user_id == user_id)
    )


async def forget_expired_sessions(session: Session, now: datetime, limit: int) -> int:
    """Delete sessions that nobody can continue any more, with their tokens; return how many."""
    return await session.scalar(select(func.forget_sessions(now, limit))) or 0


async def forget_expired_tokens(session: Session, now: datetime, limit: int) -> int:
    """Delete expired links of sessions that go on; return how many."""
    expired = (
        select(RefreshToken.id)
        .where(RefreshToken.expires_at < now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = await session.scalars(
        delete(RefreshToken).where(RefreshToken.id.in_(expired)).returning(RefreshToken.id)
    )
    return len(gone.all())
