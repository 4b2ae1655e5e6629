"""Which feature reacts to which fact, in the transaction in which it became one."""

from collections.abc import Awaitable, Callable

from domain.accounts.events import AccountDeleted, MailOwed, WorkspaceDeleted
from domain.executions.cancel import cancel_all
from domain.mail.forget import forget_mails_to
from domain.mail.owe import owe_mail
from domain.shared.events import DomainEvent
from domain.shared.unit_of_work import UnitOfWork

Handler = Callable[[UnitOfWork, DomainEvent], Awaitable[None]]

HANDLERS: dict[type[DomainEvent], tuple[Handler, ...]] = {
    AccountDeleted: (forget_mails_to,),
    MailOwed: (owe_mail,),
    WorkspaceDeleted: (cancel_all,),
}


async def react(uow: UnitOfWork, event: DomainEvent) -> None:
    """Call every handler of the event; one that raises undoes the whole transaction."""
    for handler in HANDLERS.get(type(event), ()):
        await handler(uow, event)
