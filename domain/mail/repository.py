"""The SQL of mails: executions of the installation's own workspace."""

from datetime import datetime

from sqlalchemy import delete, select

from domain.executions.models import Execution
from domain.mail.rules import KIND
from domain.shared.database import Session
from domain.shared.ids import SYSTEM_WORKSPACE


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
