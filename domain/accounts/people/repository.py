"""The SQL of accounts of people."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from domain.accounts.models import (
    AccessToken,
    MailLink,
    RecoveryCode,
    User,
    UserSession,
    WorkspaceMember,
)
from domain.shared.database import Session


async def lock_user(session: Session, user_id: UUID) -> User | None:
    """A living person, kept from changing until the transaction ends."""
    return await session.scalar(
        select(User)
        .where(User.id == user_id, User.deleted_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def revoke_access_tokens(session: Session, user_id: UUID, now: datetime) -> None:
    """Make every access token of a person worthless."""
    await session.execute(
        update(AccessToken)
        .where(AccessToken.user_id == user_id, AccessToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def list_memberships(session: Session, user_id: UUID) -> Sequence[UUID]:
    """The workspaces a person belongs to, by id; the session is entered as that person."""
    return (
        await session.scalars(
            select(WorkspaceMember.workspace_id)
            .where(WorkspaceMember.user_id == user_id)
            .order_by(WorkspaceMember.workspace_id)
        )
    ).all()


async def forget_proofs(session: Session, user_id: UUID, email: str) -> None:
    """Delete everything a person could sign in with, but the account itself."""
    for kind in (AccessToken, MailLink, RecoveryCode, UserSession):
        await session.execute(delete(kind).where(kind.user_id == user_id))
    await session.execute(delete(MailLink).where(MailLink.email == email))


async def replace_recovery_codes(session: Session, user_id: UUID, hashes: Sequence[bytes]) -> None:
    """Store new codes; the ones before are worth nothing."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(user_id=user_id, code_hash=one) for one in hashes)
    await session.flush()


async def use_recovery_code(
    session: Session, user_id: UUID, code_hash: bytes, now: datetime
) -> bool:
    """Use a code; False when there is no such code, or it was used before."""
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == code_hash,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.user_id)
    )
    return (await session.scalar(used)) is not None


async def count_recovery_codes(session: Session, user_id: UUID) -> int:
    """How many codes can still be used."""
    left = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return await session.scalar(left) or 0


async def advance_totp_step(session: Session, user_id: UUID, step: int) -> bool:
    """Note the time step of a code that was used; False when it, or a later one, was before."""
    advanced = (
        update(User)
        .where(User.id == user_id, func.coalesce(User.totp_last_step, 0) < step)
        .values(totp_last_step=step)
        .returning(User.id)
    )
    return (await session.scalar(advanced)) is not None


async def record_terms(
    session: Session, user_id: UUID, version: str, accepted_at: datetime
) -> None:
    """Note which terms somebody accepted; the moment of the first acceptance stays."""
    await session.execute(
        update(User)
        .where(User.id == user_id, User.terms_version.is_distinct_from(version))
        .values(terms_version=version, terms_accepted_at=accepted_at)
    )


async def set_address(session: Session, user_id: UUID, email: str) -> bool:
    """Give a person another address; False when a living one has it, and nothing can be kept."""
    try:
        await session.execute(update(User).where(User.id == user_id).values(email=email))
    except IntegrityError:
        return False
    return True


async def anonymise(session: Session, user_id: UUID, now: datetime) -> None:
    """Take everything that tells who somebody was; the row stays for history."""
    await session.execute(
        update(User)
        .where(User.id == user_id)
        .values(
            email=f"{user_id}@deleted.invalid",
            display_name="Deleted person",
            password_hash="",
            deleted_at=now,
            totp_secret=None,
            totp_confirmed_at=None,
            totp_last_step=None,
            terms_version=None,
            terms_accepted_at=None,
        )
    )
