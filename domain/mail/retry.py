"""Queue mails again that were given up, for whoever runs the installation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.executions.models import Execution
from domain.executions.request import NewExecution, request_for_installation
from domain.executions.tree.repository import lock_key
from domain.mail import repository
from domain.mail.rules import QUEUE, TEMPLATES, TIMEOUT_SECONDS
from domain.shared.audit import COMMAND_LINE, Entity, Entry
from domain.shared.clock import Clock
from domain.shared.database import Session, visiting
from domain.shared.errors import Conflict, NotFound
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.unit_of_work import UnitOfWork

MOST = 1000
"""Mails that are queued again at a time."""


async def list_failed(session: Session) -> Sequence[Execution]:
    """Up to 1,000 mails that were given up and not queued again since, the oldest first."""
    async with visiting(session, SYSTEM_WORKSPACE):
        return await repository.list_failed_mails(session, MOST)


async def retry_mails(uow: UnitOfWork, clock: Clock) -> Sequence[Execution]:
    """Queue up to 1,000 mails again that were given up and are still of use; return which.

    Two who do so at a time queue no mail twice.
    """
    now = clock.now()
    since = {name: now - template.useful for name, template in TEMPLATES.items()}
    useful = await take_failed(uow.session, useful_since=since)
    for mail in useful:
        await queue_again(uow, mail)
    return useful


async def retry_mail(uow: UnitOfWork, clock: Clock, mail_id: UUID) -> Execution:
    """Queue one mail again.

    Raises:
        NotFound: No mail with this id was given up, or it was queued again before.
        Conflict: What it says is of no use any more.
    """
    failed = await take_failed(uow.session, only=mail_id)
    if not failed:
        raise NotFound("The failed mail")
    if not is_useful(failed[0], clock):
        raise Conflict("What this mail says is of no use any more: its time is over.")
    await queue_again(uow, failed[0])
    return failed[0]


async def take_failed(
    session: Session,
    *,
    only: UUID | None = None,
    useful_since: Mapping[str, datetime] | None = None,
) -> Sequence[Execution]:
    """What `list_failed` lists, while nobody else queues mails again.

    What is of no use is left out by the database: else a thousand such mails hid all others.
    """
    await lock_key(session, "mail.retry")
    async with visiting(session, SYSTEM_WORKSPACE):
        return await repository.list_failed_mails(
            session, MOST, only=only, useful_since=useful_since
        )


def is_useful(mail: Execution, clock: Clock) -> bool:
    """Whether its link, if it has one, can still be used."""
    template = TEMPLATES[str(mail.input["template"])]
    return clock.now() < mail.created_at + template.useful


async def queue_again(uow: UnitOfWork, mail: Execution) -> None:
    """Request the same mail anew: what has ended stays as it is."""
    await request_for_installation(
        uow,
        NewExecution(
            kind=mail.kind,
            title=mail.title,
            queue=QUEUE,
            subject_id=mail.subject_id,
            max_attempts=mail.max_attempts,
            timeout_seconds=TIMEOUT_SECONDS,
            input=mail.input,
            replay_of=mail.id,
        ),
    )
    entity = Entity("Execution", mail.id, mail.title)
    uow.audit(Entry("mail.retry", COMMAND_LINE, entity, after={"to": mail.input["to"]}))
