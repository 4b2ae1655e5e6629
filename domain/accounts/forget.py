"""Forgets sessions and refresh tokens that have expired: nothing more can come of them."""

from domain.accounts.credentials import repository
from domain.shared.clock import Clock, SystemClock
from domain.shared.unit_of_work import UnitOfWork

FORGET_SIZE = 1000


async def forget_sessions(uow: UnitOfWork, *, clock: Clock | None = None) -> int:
    """Delete up to 1,000 expired sessions and 1,000 expired refresh tokens; return how many.

    A used token is kept until it expires, so that its second use is noticed.
    """
    now = (clock or SystemClock()).now()
    sessions = await repository.forget_expired_sessions(uow.session, now, FORGET_SIZE)
    return sessions + await repository.forget_expired_tokens(uow.session, now, FORGET_SIZE)
