"""Sessions: an access token for now, and a chain of refresh tokens for the next thirty days."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.accounts import repository
from domain.accounts.models import RefreshToken
from domain.accounts.passwords import Passwords
from domain.accounts.tokens import AccessTokens
from domain.shared.clock import Clock
from domain.shared.database import Session
from domain.shared.ids import new_id

REFRESH_LIFETIME = timedelta(days=30)
REFRESH_TOKEN_BYTES = 32
MAX_REFRESH_TOKEN_CHARACTERS = 200


@dataclass(frozen=True)
class Authority:
    """What verbs about signing in need beside the database; one per process."""

    passwords: Passwords
    tokens: AccessTokens
    clock: Clock


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Proofs of identity to hand out; neither token is stored as it is."""

    user_id: UUID
    workspace_id: UUID
    session_id: UUID
    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


def hash_refresh_token(token: str) -> bytes:
    """What is stored: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


async def extend_session(
    session: Session,
    authority: Authority,
    *,
    user_id: UUID,
    workspace_id: UUID,
    session_id: UUID | None = None,
) -> SignedIn:
    """Add a link to the session's chain, or begin a session where there is none."""
    token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
    now = authority.clock.now()
    link = new_id()
    family = session_id or link
    await repository.add_refresh_token(
        session,
        RefreshToken(
            id=link,
            family_id=family,
            user_id=user_id,
            workspace_id=workspace_id,
            token_hash=hash_refresh_token(token),
            created_at=now,
            expires_at=now + REFRESH_LIFETIME,
        ),
    )
    access, access_expires_at = authority.tokens.issue(user_id, workspace_id, family)
    return SignedIn(
        user_id=user_id,
        workspace_id=workspace_id,
        session_id=family,
        access_token=access,
        access_expires_at=access_expires_at,
        refresh_token=token,
        refresh_expires_at=now + REFRESH_LIFETIME,
    )
