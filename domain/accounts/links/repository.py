"""The SQL of links that are sent by mail."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.accounts.models import MailLink
from domain.shared.database import Session


async def add_link(session: Session, link: MailLink) -> None:
    """Store a link, whose time begins anew where it is there already and was not used."""
    adding = insert(MailLink).values(
        id=link.id,
        purpose=link.purpose,
        user_id=link.user_id,
        email=link.email,
        details=link.details or {},
        token_hash=link.token_hash,
        created_at=link.created_at,
        expires_at=link.expires_at,
    )
    renewed = {"created_at": link.created_at, "expires_at": link.expires_at}
    await session.execute(
        adding.on_conflict_do_update(
            index_elements=[MailLink.id], set_=renewed, where=MailLink.used_at.is_(None)
        )
    )


async def find_link(
    session: Session, token_hash: bytes, purpose: str, now: datetime
) -> MailLink | None:
    """The link, as long as it can be used."""
    return await session.scalar(
        select(MailLink).where(
            MailLink.token_hash == token_hash,
            MailLink.purpose == purpose,
            MailLink.used_at.is_(None),
            MailLink.expires_at > now,
        )
    )


async def is_in_time(session: Session, token_hash: bytes, now: datetime) -> bool:
    """Whether there is such a link, used or not, that has not expired."""
    found = exists().where(MailLink.token_hash == token_hash, MailLink.expires_at > now)
    return bool(await session.scalar(select(found)))


async def use_link(
    session: Session, token_hash: bytes, purpose: str, now: datetime
) -> MailLink | None:
    """The link, used from now on; None when it is unknown, was used before, or has expired."""
    used = (
        update(MailLink)
        .where(
            MailLink.token_hash == token_hash,
            MailLink.purpose == purpose,
            MailLink.used_at.is_(None),
            MailLink.expires_at > now,
        )
        .values(used_at=now)
        .returning(MailLink)
    )
    return await session.scalar(used)


async def use_up_links(session: Session, user_id: UUID, now: datetime) -> None:
    """Make every other link of a person worthless."""
    await session.execute(
        update(MailLink)
        .where(MailLink.user_id == user_id, MailLink.used_at.is_(None))
        .values(used_at=now)
    )


async def forget_expired_links(session: Session, now: datetime, limit: int) -> int:
    """Delete links that have expired, with what was to be registered; return how many."""
    expired = (
        select(MailLink.id)
        .where(MailLink.expires_at < now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = await session.scalars(
        delete(MailLink).where(MailLink.id.in_(expired)).returning(MailLink.id)
    )
    return len(gone.all())
