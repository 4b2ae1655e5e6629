"""Owe somebody a mail: an execution of the installation, in the transaction that caused it."""

from domain.accounts.events import MailOwed
from domain.executions.request import NewExecution, request_for_installation
from domain.mail.rules import KIND, QUEUE, TEMPLATES, TIMEOUT_SECONDS
from domain.shared.events import DomainEvent
from domain.shared.unit_of_work import UnitOfWork


async def owe_mail(uow: UnitOfWork, event: DomainEvent) -> None:
    """Request the sending of a mail; it is tried for as long as what it says is of use."""
    assert isinstance(event, MailOwed)
    template = TEMPLATES[event.template]
    await request_for_installation(
        uow,
        NewExecution(
            kind=KIND,
            title=f"Mail: {event.template}",
            queue=QUEUE,
            subject_id=event.link_id,
            max_attempts=template.attempts,
            timeout_seconds=TIMEOUT_SECONDS,
            input={
                "template": event.template,
                "purpose": template.purpose,
                "to": event.to,
                "values": dict(event.values),
            },
        ),
    )
