"""The SQL of mails: executions of the installation's own workspace."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, exists, or_, select
from sqlalchemy.orm import aliased

from domain.executions.models import Execution
from domain.executions.states import Status
from domain.mail.rules import KIND
from domain.shared.database import Session
from domain.shared.ids import SYSTEM_WORKSPACE

FAILED = (Status.FAILED, Status.TIMED_OUT, Status.ABANDONED)


async def delete_ended_mails(session: Session, before: datetime, limit: int) -> int:
    """Delete mails that left, or were given up, before this moment; return how many."""
    ended = (
        select(Execution.id)
        .where(
            Execution.workspace_id == SYSTEM_WORKSPACE,
            Execution.kind == KIND,
            Execution.created_at < before,
            Execution.finished_at < before,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = await session.scalars(
        delete(Execution).where(Execution.id.in_(ended)).returning(Execution.id)
    )
    return len(gone.all())


async def list_failed_mails(
    session: Session,
    limit: int,
    *,
    only: UUID | None = None,
    useful_since: Mapping[str, datetime] | None = None,
) -> Sequence[Execution]:
    """Mails that were given up and not queued again since, the oldest first.

    Args:
        only: The one with this id.
        useful_since: Those of each template that were owed later than this.
    """
    again = aliased(Execution)
    statement = select(Execution).where(
        Execution.workspace_id == SYSTEM_WORKSPACE,
        Execution.kind == KIND,
        Execution.status.in_(FAILED),
        ~exists().where(again.replay_of == Execution.id),
    )
    if only is not None:
        statement = statement.where(Execution.id == only)
    if useful_since is not None:
        template = Execution.input["template"].astext
        useful = [
            and_(template == name, Execution.created_at > moment)
            for name, moment in useful_since.items()
        ]
        statement = statement.where(or_(*useful))
    return (await session.scalars(statement.order_by(Execution.id).limit(limit))).all()


async def delete_mails_to(session: Session, address: str) -> None:
    """Delete every mail to an address that has ended."""
    await session.execute(
        delete(Execution).where(
            Execution.workspace_id == SYSTEM_WORKSPACE,
            Execution.kind == KIND,
            Execution.finished_at.is_not(None),
            Execution.input["to"].astext == address,
        )
    )
