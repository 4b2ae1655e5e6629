"""Forgets what has ended: sessions, refresh tokens, links, access tokens and invitations."""

from datetime import timedelta

from domain.accounts.access_tokens.repository import forget_dead_tokens
from domain.accounts.credentials import repository
from domain.accounts.invitations.repository import forget_invitations
from domain.accounts.links.repository import forget_expired_links
from domain.shared.clock import Clock, SystemClock
from domain.shared.unit_of_work import UnitOfWork

FORGET_SIZE = 1000
KEPT = timedelta(days=30)
"""How long access tokens and invitations are kept after their end, for whoever asks about them."""


async def forget_sessions(uow: UnitOfWork, *, clock: Clock | None = None) -> int:
    """Delete up to 1,000 expired sessions and 1,000 expired refresh tokens; return how many.

    A used token is kept until it expires, so that its second use is noticed.
    """
    now = (clock or SystemClock()).now()
    sessions = await repository.forget_expired_sessions(uow.session, now, FORGET_SIZE)
    return sessions + await repository.forget_expired_tokens(uow.session, now, FORGET_SIZE)


async def forget_proofs(uow: UnitOfWork, *, clock: Clock | None = None) -> int:
    """Delete links that have expired, and what ended a month ago; return how many rows."""
    now = (clock or SystemClock()).now()
    links = await forget_expired_links(uow.session, now, FORGET_SIZE)
    tokens = await forget_dead_tokens(uow.session, now - KEPT, FORGET_SIZE)
    return links + tokens + await forget_invitations(uow.session, now - KEPT)
