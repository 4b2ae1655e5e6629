"""The engine's SQL for leases: claim, heartbeat, end, append. One statement each.

Time is PostgreSQL's `clock_timestamp()`, so that machines with different clocks agree. Every write
of a worker names its attempt; 0 rows mean that it was replaced. Locks go from the leaves of a tree
up, and along a lane in order of position, so that no two verbs wait for each other.
"""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

import orjson
from sqlalchemy import Row, text

from domain.executions.records import AttemptEnd, Claim, Expired, Held, Moved, NewEvent
from domain.executions.rules import Ending
from domain.executions.states import Status
from domain.shared.database import Session

CLAIM = text("""
WITH picked AS (
    SELECT id FROM executions
    WHERE status = 'scheduled' AND queue = :queue AND due_at <= clock_timestamp()
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE executions e
    SET status = 'running', attempt = attempt + 1, worker = :worker, updated_at = clock_timestamp(),
        lease_until = clock_timestamp() + make_interval(secs => :lease),
        started_at = coalesce(started_at, clock_timestamp()), last_seq = last_seq + 1
    FROM picked WHERE e.id = picked.id
    RETURNING e.*
), tried AS (
    INSERT INTO attempts (execution_id, number, workspace_id, worker)
    SELECT id, attempt, workspace_id, :worker FROM claimed
), told AS (
    INSERT INTO execution_events (execution_id, seq, workspace_id, kind, data)
    SELECT id, last_seq, workspace_id, 'execution.started',
           jsonb_build_object('status', 'running', 'attempt', attempt)
    FROM claimed
), paid AS (
    DELETE FROM outbox USING claimed WHERE outbox.execution_id = claimed.id
)
SELECT id, workspace_id, kind, queue, title, subject_id, parent_id, input, attempt, failures,
       losses, max_attempts, timeout_seconds, created_by, last_seq AS seq
FROM claimed
""")

HEARTBEAT = text("""
UPDATE executions e SET lease_until = clock_timestamp() + make_interval(secs => :lease)
FROM unnest(CAST(:ids AS uuid[]), CAST(:attempts AS int[])) AS held (id, attempt)
WHERE e.id = held.id AND e.attempt = held.attempt AND e.status = 'running'
RETURNING e.id, e.cancel_requested_at IS NOT NULL AS cancel_requested
""")

# Whoever asked to cancel gets it: an attempt that would be tried again ends as canceled instead.
END = text("""
WITH ended AS (
    UPDATE executions e
    SET status = CASE WHEN :status = 'scheduled' AND cancel_requested_at IS NOT NULL
                      THEN 'canceled' ELSE :status END,
        output = CAST(:output AS jsonb), error_code = :error_code, error_message = :error_message,
        failures = failures + :failures, losses = losses + :losses, lease_until = NULL,
        due_at = CASE WHEN :status = 'scheduled'
                      THEN clock_timestamp() + make_interval(secs => :delay) ELSE due_at END,
        finished_at = CASE WHEN :status = 'scheduled' AND cancel_requested_at IS NULL
                           THEN NULL ELSE clock_timestamp() END,
        last_seq = last_seq + 1, updated_at = clock_timestamp()
    WHERE id = :id AND attempt = :attempt AND status = 'running'
      AND (NOT :only_expired OR lease_until < clock_timestamp())
    RETURNING e.*
), tried AS (
    UPDATE attempts SET finished_at = clock_timestamp(), outcome = :outcome,
                        error_message = :error_message
    WHERE execution_id = :id AND number = :attempt AND EXISTS (SELECT FROM ended)
), told AS (
    INSERT INTO execution_events (execution_id, seq, workspace_id, kind, data)
    SELECT id, last_seq, workspace_id,
           CASE WHEN status = 'scheduled' THEN :event ELSE 'execution.finished' END,
           jsonb_build_object('status', status, 'attempt', attempt, 'outcome', :outcome,
                              'error', error_message, 'due_at', due_at)
    FROM ended
), owed AS (
    INSERT INTO outbox (workspace_id, execution_id, queue, due_at)
    SELECT workspace_id, id, queue, due_at FROM ended WHERE status = 'scheduled'
)
SELECT id, workspace_id, status, parent_id, lane, subject_id, title, last_seq AS seq FROM ended
""")

APPEND = text("""
WITH moved AS (
    UPDATE executions SET last_seq = last_seq + :count
    WHERE id = :id AND attempt = :attempt AND status = 'running'
    RETURNING id, workspace_id, last_seq, parent_id, subject_id, title
), told AS (
    INSERT INTO execution_events (execution_id, seq, workspace_id, kind, data)
    SELECT moved.id, moved.last_seq - :count + new.place, moved.workspace_id,
           new.event ->> 'kind', new.event -> 'data'
    FROM moved, jsonb_array_elements(CAST(:events AS jsonb)) WITH ORDINALITY AS new (event, place)
)
SELECT last_seq FROM moved
""")

OUTCOME = text("SELECT outcome FROM attempts WHERE execution_id = :id AND number = :attempt")

EXPIRED = text("""
SELECT id, workspace_id, attempt, worker, lease_until, failures, losses, max_attempts,
       cancel_requested_at IS NOT NULL AS cancel_requested
FROM executions
WHERE status = 'running' AND lease_until IS NOT NULL
  AND (lease_until < clock_timestamp() OR worker = ANY(CAST(:dead AS text[])))
ORDER BY lease_until LIMIT :limit
""")

HOLDERS = text("""
SELECT DISTINCT worker FROM executions
WHERE status = 'running' AND lease_until IS NOT NULL AND worker LIKE :prefix
""")


async def claim(
    session: Session, *, queue: str, worker: str, lease_seconds: float, limit: int
) -> list[Claim]:
    """Take up to `limit` due executions of `queue`, oldest first."""
    rows = await session.execute(
        CLAIM, {"queue": queue, "worker": worker, "lease": lease_seconds, "limit": limit}
    )
    return [Claim(**row._mapping) for row in rows]


async def extend_leases(
    session: Session, held: Sequence[Held], *, lease_seconds: float
) -> dict[UUID, bool]:
    """Extend what is still held; returns the ids that are, and whether each is to be canceled."""
    rows = await session.execute(
        HEARTBEAT,
        {
            "ids": [one.id for one in held],
            "attempts": [one.attempt for one in held],
            "lease": lease_seconds,
        },
    )
    return {row.id: row.cancel_requested for row in rows}


async def end_attempt(
    session: Session, held: Held, end: AttemptEnd, ending: Ending, *, only_expired: bool = False
) -> Moved | None:
    """Write the end of an attempt; None when another attempt (or an end) came first."""
    rows = await session.execute(
        END,
        {
            "id": held.id,
            "attempt": held.attempt,
            "status": ending.status.value,
            "event": ending.event,
            "output": None if end.output is None else orjson.dumps(end.output).decode(),
            "error_code": end.error_code,
            "error_message": end.error_message,
            "failures": ending.failures,
            "losses": ending.losses,
            "delay": ending.delay_seconds,
            "outcome": end.outcome.value,
            "only_expired": only_expired,
        },
    )
    return read_moved(rows.one_or_none())


def read_moved(row: Row[tuple[object, ...]] | None) -> Moved | None:
    """The columns every moving statement returns."""
    if row is None:
        return None
    values = dict(row._mapping)
    return Moved(**{**values, "status": Status(values["status"])})


async def append_events(session: Session, held: Held, events: Sequence[NewEvent]) -> int | None:
    """Append to the stream; returns its last number, or None when the attempt was replaced."""
    rows = await session.execute(
        APPEND,
        {
            "id": held.id,
            "attempt": held.attempt,
            "count": len(events),
            "events": orjson.dumps([asdict(event) for event in events]).decode(),
        },
    )
    return rows.scalar_one_or_none()


async def read_outcome(session: Session, held: Held) -> str | None:
    """How an attempt ended, if it did: tells a lost reply from a lost race."""
    rows = await session.execute(OUTCOME, {"id": held.id, "attempt": held.attempt})
    return rows.scalar_one_or_none()


async def find_expired(session: Session, *, dead: Sequence[str], limit: int) -> list[Expired]:
    """Leases that ran out, or whose worker is among `dead`."""
    rows = await session.execute(EXPIRED, {"dead": list(dead), "limit": limit})
    return [Expired(**row._mapping) for row in rows]


async def find_holders(session: Session, prefix: str) -> list[str]:
    """Names of workers that hold leases and start with `prefix`."""
    return list(await session.scalars(HOLDERS, {"prefix": f"{prefix}%"}))
