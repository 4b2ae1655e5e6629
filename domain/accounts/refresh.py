"""Continue a session: every refresh token works once, and its second use ends the session."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import structlog

from domain.accounts import repository
from domain.accounts.credentials import repository as credentials
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.credentials.repository import Link
from domain.accounts.errors import SessionEnded
from domain.accounts.events import MailOwed
from domain.accounts.sessions import (
    MAX_REFRESH_TOKEN_CHARACTERS,
    Authority,
    SignedIn,
    extend_session,
)
from domain.shared.audit import NOBODY, Entity, Entry
from domain.shared.database import enter_workspace
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.origin import NOWHERE, Origin
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

log = structlog.get_logger()

BURST = timedelta(seconds=10)
"""How late one of many requests that were sent at once may come, behind those that overlapped."""
TOLD_DEVICE = 120
"""What a stranger's client calls itself must not become a letter of its own."""


class Refusal(StrEnum):
    """Why a session is not continued, in a sentence for its owner."""

    UNKNOWN = "This refresh token is not known. Sign in again."
    EXPIRED = "This session has expired. Sign in again."
    ENDED = "This session was ended. Sign in again."
    OVERTAKEN = "Another request has just used this refresh token; use the one it was given."
    REUSED = (
        "This refresh token was used before, so somebody may have copied it. "
        "The session was ended for safety. Sign in again."
    )


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """The newest refresh token of a session."""

    refresh_token: str = field(repr=False)
    origin: Origin = NOWHERE


async def refresh(units: UnitsOfWork, authority: Authority, command: RefreshSession) -> SignedIn:
    """Exchange a refresh token for new tokens of the same session.

    Of requests that overlap one wins and the others are only refused: a browser with two tabs
    does that. A token that arrives after its use was copied, and ends the whole session. Ending it
    must be committed and refused at once, so this takes the units of work instead of one.

    It arrives when this begins: a request that was opened early and sent its body late is late.

    Raises:
        SessionEnded: The token does not continue a session; says why.
        Unavailable: The database is away.
    """
    arrived_at = authority.clock.now()
    if len(command.refresh_token) > MAX_REFRESH_TOKEN_CHARACTERS:
        raise SessionEnded(Refusal.UNKNOWN)
    token_hash = hash_token(command.refresh_token)
    async with units.begin(origin=command.origin) as uow:
        outcome = await exchange(uow, authority, token_hash, arrived_at)
    if isinstance(outcome, Refusal):
        raise SessionEnded(outcome, is_over=outcome is not Refusal.OVERTAKEN)
    return outcome


async def exchange(
    uow: UnitOfWork, authority: Authority, token_hash: bytes, arrived_at: datetime
) -> SignedIn | Refusal:
    """Use the token if nobody has, else find out what its second appearance means."""
    session = uow.session
    await credentials.enter_as_owner(session, token_hash)
    token = await credentials.find_link(session, token_hash)
    if token is None:
        return Refusal.UNKNOWN
    if token.ended_at is None and is_overtaken(token, arrived_at, uow.origin):
        # No reason to wait for the session's lock.
        return await note_overlap(uow, token, token_hash, arrived_at)
    await enter_workspace(session, token.workspace_id, token.user_id)
    await credentials.lock_session(session, token.session_id)
    now = authority.clock.now()
    if not await credentials.use_refresh_token(session, token_hash, now):
        return await refuse(uow, token_hash, arrived_at, now)
    if not await repository.is_active_member(session, token.user_id, token.workspace_id):
        # Or the next try would look as if somebody had copied the token.
        await credentials.end_session(session, token.session_id, now)
        return Refusal.ENDED
    return await extend_session(
        session,
        authority,
        uow.origin,
        user_id=token.user_id,
        workspace_id=token.workspace_id,
        session_id=token.session_id,
    )


async def refuse(
    uow: UnitOfWork, token_hash: bytes, arrived_at: datetime, now: datetime
) -> Refusal:
    """Why the token, read anew under the session's lock, could not be used."""
    token = await credentials.find_link(uow.session, token_hash)
    if token is None:
        return Refusal.UNKNOWN
    if token.ended_at is not None:
        return Refusal.ENDED
    if token.used_at is None:
        return Refusal.EXPIRED
    if is_overtaken(token, arrived_at, uow.origin):
        return await note_overlap(uow, token, token_hash, arrived_at)
    await credentials.end_session(uow.session, token.session_id, now)
    entity, whose = Entity("Session", token.session_id), {"user_id": token.user_id}
    told = Entry("session.reuse", NOBODY, entity, None, whose, workspace_id=token.workspace_id)
    uow.audit(told)
    await tell_owner(uow, token.user_id)
    log.warning(
        "session.refresh_token_reused",
        session_id=str(token.session_id),
        user_id=str(token.user_id),
    )
    return Refusal.REUSED


def is_overtaken(token: Link, arrived_at: datetime, origin: Origin) -> bool:
    """Whether a request with a used token is none with a copy of it.

    It is none if it was here before the use. Of two hundred requests sent at once the last arrive
    after it, but behind others that overlapped, and from where the one came that won.
    """
    if token.used_at is None:
        return False
    if token.used_at > arrived_at:
        return True
    is_same_client = (token.device, token.address) == (origin.device, origin.address)
    is_late = arrived_at - token.used_at > BURST
    return token.overtaken_at is not None and is_same_client and not is_late


async def note_overlap(
    uow: UnitOfWork, token: Link, token_hash: bytes, arrived_at: datetime
) -> Refusal:
    """Refuse, and remember that requests with this token overlapped."""
    if token.overtaken_at is None:
        await credentials.note_overtaken(uow.session, token_hash, arrived_at)
    return Refusal.OVERTAKEN


async def tell_owner(uow: UnitOfWork, user_id: UUID) -> None:
    """Owe the owner a mail that says from where the copied token came."""
    owner = await repository.find_user(uow.session, user_id)
    if owner is None:
        return
    origin = uow.origin
    values = {
        "device": origin.device[:TOLD_DEVICE] or "unknown",
        "address": origin.address or "unknown",
    }
    uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "session_ended", owner.email, values=values))
