"""Executions in any state, with the attempts and events that lead there."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from domain.executions.models import Attempt, Execution, ExecutionEvent
from domain.executions.states import AttemptOutcome, Status
from domain.shared.database import Session
from domain.shared.ids import new_id
from tests.factories.workspaces import Tenant

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""When the stories of the factories begin."""


def after(seconds: float) -> datetime:
    """A moment of a story, counted from noon."""
    return NOON + timedelta(seconds=seconds)


async def add_execution(session: Session, tenant: Tenant, **changes: object) -> Execution:
    """An execution; a browser test that succeeded unless told otherwise."""
    execution_id = new_id()
    parent = changes.get("parent_id")
    values: dict[str, object] = {
        "id": execution_id,
        "workspace_id": tenant.workspace_id,
        "kind": "browser",
        "queue": "browser",
        "title": "Log in",
        "status": Status.SUCCEEDED,
        "root_id": parent or execution_id,
        "input": {},
        "attempt": 1,
        "timeout_seconds": 120,
        "due_at": NOON,
        "created_at": NOON,
        "created_by": tenant.actor.user_id,
        "started_at": NOON,
        "finished_at": after(2.5),
        **changes,
    }
    execution = Execution(**values)
    session.add(execution)
    await session.flush()
    return execution


async def make_execution(tenant: Tenant, **changes: object) -> Execution:
    """A stored execution."""
    async with tenant.begin() as uow:
        return await add_execution(uow.session, tenant, **changes)


async def add_attempt(
    session: Session,
    execution: Execution,
    number: int,
    outcome: AttemptOutcome | None,
    *,
    claimed: float = 0,
    finished: float | None = 2.5,
    error_message: str | None = None,
) -> Attempt:
    """One claim, with its times in seconds after noon."""
    attempt = Attempt(
        execution_id=execution.id,
        number=number,
        workspace_id=execution.workspace_id,
        worker="worker-7f3a:4211",
        claimed_at=after(claimed),
        finished_at=None if finished is None else after(finished),
        outcome=outcome,
        error_message=error_message,
    )
    session.add(attempt)
    await session.flush()
    return attempt


async def add_event(
    session: Session,
    execution: Execution,
    kind: str,
    data: Mapping[str, object] | None = None,
    *,
    at: float = 0,
) -> ExecutionEvent:
    """The next event of an execution's stream."""
    execution.last_seq += 1
    event = ExecutionEvent(
        execution_id=execution.id,
        seq=execution.last_seq,
        workspace_id=execution.workspace_id,
        kind=kind,
        data=dict(data or {}),
        created_at=after(at),
    )
    session.add(event)
    await session.flush()
    return event
