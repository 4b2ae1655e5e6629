"""Forget mails: after a week, and those to somebody whose account ends at once."""

from datetime import timedelta

from domain.accounts.events import AccountDeleted
from domain.mail import repository
from domain.shared.clock import Clock, SystemClock
from domain.shared.database import visiting
from domain.shared.events import DomainEvent
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.unit_of_work import UnitOfWork

KEPT = timedelta(days=7)
"""Long enough to find out why somebody got no mail."""
FORGET_SIZE = 1000


async def forget_mails(uow: UnitOfWork, *, clock: Clock | None = None) -> int:
    """Delete up to 1,000 mails that left, or were given up, a week ago; return how many."""
    before = (clock or SystemClock()).now() - KEPT
    async with visiting(uow.session, SYSTEM_WORKSPACE):
        return await repository.delete_ended_mails(uow.session, before, FORGET_SIZE)


async def forget_mails_to(uow: UnitOfWork, event: DomainEvent) -> None:
    """Delete the mails that somebody got whose account ends; the last one follows in a week."""
    assert isinstance(event, AccountDeleted)
    async with visiting(uow.session, SYSTEM_WORKSPACE):
        await repository.delete_mails_to(uow.session, event.address)
