"""Sessions: an access token for now, and a chain of refresh tokens for the next thirty days."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.accounts.attempts import AttemptLimits
from domain.accounts.credentials import repository as credentials
from domain.accounts.credentials.device_tokens import DeviceToken, DeviceTokens
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.credentials.link_tokens import LinkTokens
from domain.accounts.models import RefreshToken, UserSession
from domain.accounts.passwords import Passwords
from domain.accounts.tokens import AccessTokens
from domain.shared.clock import Clock
from domain.shared.crypto import Sealer
from domain.shared.database import Session
from domain.shared.ids import new_id
from domain.shared.origin import Origin

REFRESH_LIFETIME = timedelta(days=30)
REFRESH_TOKEN_BYTES = 32
MAX_REFRESH_TOKEN_CHARACTERS = 200


@dataclass(frozen=True)
class Authority:
    """What verbs about signing in need beside the database; one per process."""

    passwords: Passwords
    tokens: AccessTokens
    clock: Clock
    links: LinkTokens
    attempts: AttemptLimits
    sealer: Sealer
    devices: DeviceTokens


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
    device: DeviceToken | None = None
    """What the browser is to keep beyond the session, where it signed in with cookies."""


async def begin_session(
    session: Session,
    authority: Authority,
    origin: Origin,
    *,
    user_id: UUID,
    workspace_id: UUID,
    in_cookie: bool = False,
) -> SignedIn:
    """Begin a session in a workspace."""
    now = authority.clock.now()
    begun = UserSession(
        id=new_id(),
        user_id=user_id,
        workspace_id=workspace_id,
        device=origin.device,
        address=origin.address,
        in_cookie=in_cookie,
        created_at=now,
        last_used_at=now,
        expires_at=now + REFRESH_LIFETIME,
    )
    await credentials.add_session(session, begun)
    return await add_link(session, authority, user_id, workspace_id, begun.id)


async def extend_session(
    session: Session,
    authority: Authority,
    origin: Origin,
    *,
    user_id: UUID,
    workspace_id: UUID,
    session_id: UUID,
) -> SignedIn:
    """Go on with a session, in this workspace from now on."""
    now = authority.clock.now()
    await credentials.renew_session(
        session,
        session_id,
        workspace_id=workspace_id,
        now=now,
        expires_at=now + REFRESH_LIFETIME,
        device=origin.device,
        address=origin.address,
    )
    return await add_link(session, authority, user_id, workspace_id, session_id)


async def add_link(
    session: Session, authority: Authority, user_id: UUID, workspace_id: UUID, session_id: UUID
) -> SignedIn:
    """Add a refresh token to the session's chain, and make the access token that goes with it."""
    token = secrets.token_urlsafe(REFRESH_TOKEN_BYTES)
    now = authority.clock.now()
    await credentials.add_refresh_token(
        session,
        RefreshToken(
            session_id=session_id,
            token_hash=hash_token(token),
            created_at=now,
            expires_at=now + REFRESH_LIFETIME,
        ),
    )
    access, access_expires_at = authority.tokens.issue(user_id, workspace_id, session_id)
    return SignedIn(
        user_id=user_id,
        workspace_id=workspace_id,
        session_id=session_id,
        access_token=access,
        access_expires_at=access_expires_at,
        refresh_token=token,
        refresh_expires_at=now + REFRESH_LIFETIME,
    )
