"""SQL for trees: insert a whole tree at once, tell parents, schedule what comes next, cancel."""

from collections.abc import Sequence
from uuid import UUID

import orjson
from sqlalchemy import delete, select, text

from domain.executions.models import Execution
from domain.executions.records import Moved
from domain.executions.repository import read_moved
from domain.executions.states import TERMINAL, Status
from domain.shared.database import JsonObject, Session

OPEN = tuple(status for status in Status if status not in TERMINAL)
RELAY_DELAY_SECONDS = 0.5
"""How long after the commit the relay repeats a wake-up that has not led to a claim."""

INSERT = text("""
WITH new AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        id uuid, kind text, queue text, title text, subject_id uuid, status text, parent_id uuid,
        root_id uuid, lane uuid, position int, open_children int, replay_of uuid, input jsonb,
        max_attempts int, timeout_seconds float8, idempotency_operation text,
        idempotency_key text, idempotency_digest bytea, events jsonb)
), made AS (
    INSERT INTO executions (
        id, workspace_id, kind, queue, title, subject_id, status, parent_id, root_id, lane,
        position, open_children, replay_of, input, max_attempts, timeout_seconds, created_by,
        idempotency_operation, idempotency_key, idempotency_digest, last_seq, started_at, due_at)
    SELECT id, :workspace, kind, queue, title, subject_id, status, parent_id, root_id, lane,
        position, open_children, replay_of, input, max_attempts, timeout_seconds, :created_by,
        idempotency_operation, idempotency_key, idempotency_digest, jsonb_array_length(events),
        CASE WHEN status = 'running' THEN clock_timestamp() END, clock_timestamp()
    FROM new
    RETURNING *
), told AS (
    INSERT INTO execution_events (execution_id, seq, workspace_id, kind, data)
    SELECT new.id, event.seq, :workspace, event.body ->> 'kind', event.body -> 'data'
    FROM new, jsonb_array_elements(new.events) WITH ORDINALITY AS event (body, seq)
), owed AS (
    INSERT INTO outbox (workspace_id, execution_id, queue, due_at)
    SELECT :workspace, id, queue, clock_timestamp() + make_interval(secs => :relay_delay)
    FROM new WHERE status = 'scheduled' AND queue IS NOT NULL
)
SELECT * FROM made WHERE id = :top
""")

LOCK_KEY = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")

# Events of children appear in the parent's stream, so that one subscription shows a whole run.
TELL_PARENT = text("""
WITH moved AS (
    UPDATE executions SET last_seq = last_seq + 1, open_children = open_children - :ended,
                          updated_at = clock_timestamp()
    WHERE id = :id
    RETURNING id, workspace_id, status, parent_id, lane, subject_id, title, last_seq AS seq,
              open_children, cancel_requested_at
), told AS (
    INSERT INTO execution_events (execution_id, seq, workspace_id, kind, data)
    SELECT id, seq, workspace_id, :kind, CAST(:data AS jsonb) FROM moved
)
SELECT * FROM moved
""")

# A manual test (no queue) waits for a person, not for a worker: it runs as soon as it is its turn.
NEXT_IN_LANE = text("""
WITH next AS (
    SELECT id FROM executions
    WHERE parent_id = :parent AND lane = :lane AND status = 'requested'
    ORDER BY position, id LIMIT 1 FOR UPDATE
), moved AS (
    UPDATE executions e
    SET status = CASE WHEN queue IS NULL THEN 'running' ELSE 'scheduled' END,
        started_at = CASE WHEN queue IS NULL THEN clock_timestamp() END,
        due_at = clock_timestamp(), updated_at = clock_timestamp(),
        last_seq = last_seq + CASE WHEN queue IS NULL THEN 2 ELSE 1 END
    FROM next WHERE e.id = next.id
    RETURNING e.*
), told AS (
    INSERT INTO execution_events (execution_id, seq, workspace_id, kind, data)
    SELECT id, last_seq - CASE WHEN queue IS NULL THEN 1 ELSE 0 END, workspace_id,
           'execution.scheduled', '{"status": "scheduled"}'::jsonb FROM moved
    UNION ALL
    SELECT id, last_seq, workspace_id, 'execution.started', '{"status": "running"}'::jsonb
    FROM moved WHERE queue IS NULL
), owed AS (
    INSERT INTO outbox (workspace_id, execution_id, queue, due_at)
    SELECT workspace_id, id, queue, clock_timestamp() + make_interval(secs => :relay_delay)
    FROM moved WHERE queue IS NOT NULL
)
SELECT id, workspace_id, status, parent_id, lane, subject_id, title, last_seq AS seq, queue
FROM moved
""")

COUNT_CHILDREN = text(
    "SELECT status, count(*) FROM executions WHERE parent_id = :parent GROUP BY status"
)

END_UNLEASED = text("""
WITH ended AS (
    UPDATE executions
    SET status = :status, finished_at = clock_timestamp(), last_seq = last_seq + 1,
        output = coalesce(CAST(:output AS jsonb), output), error_code = :error_code,
        error_message = :error_message, updated_at = clock_timestamp()
    WHERE id = ANY(CAST(:ids AS uuid[])) AND lease_until IS NULL
      AND status IN ('requested', 'scheduled', 'running')
    RETURNING *
), told AS (
    INSERT INTO execution_events (execution_id, seq, workspace_id, kind, data)
    SELECT id, last_seq, workspace_id, 'execution.finished',
           jsonb_build_object('status', status, 'error', error_message)
    FROM ended
), paid AS (
    DELETE FROM outbox USING ended WHERE outbox.execution_id = ended.id
)
SELECT id, workspace_id, status, parent_id, lane, subject_id, title, last_seq AS seq FROM ended
""")

ASK_CANCEL = text("""
WITH asked AS (
    UPDATE executions
    SET cancel_requested_at = clock_timestamp(), last_seq = last_seq + 1,
        updated_at = clock_timestamp()
    WHERE id = ANY(CAST(:ids AS uuid[])) AND cancel_requested_at IS NULL
    RETURNING *
), told AS (
    INSERT INTO execution_events (execution_id, seq, workspace_id, kind, data)
    SELECT id, last_seq, workspace_id, 'execution.cancel_requested', '{}'::jsonb FROM asked
)
SELECT id, last_seq AS seq FROM asked
""")

OPEN_BELOW = text("""
WITH RECURSIVE tree (id, depth) AS (
    SELECT id, 0 FROM executions WHERE id = :id AND workspace_id = :workspace
    UNION ALL
    SELECT child.id, tree.depth + 1 FROM executions child JOIN tree ON child.parent_id = tree.id
)
SELECT e.id, e.lease_until IS NOT NULL AS leased, e.kind, tree.depth,
       EXISTS (SELECT FROM executions below WHERE below.parent_id = e.id) AS is_parent
FROM executions e JOIN tree ON tree.id = e.id
WHERE e.status IN ('requested', 'scheduled', 'running')
ORDER BY tree.depth DESC, e.position, e.id
FOR UPDATE OF e
""")

SET_OPEN_CHILDREN = text("""
UPDATE executions parent SET open_children = (
    SELECT count(*) FROM executions child
    WHERE child.parent_id = parent.id AND child.status IN ('requested', 'scheduled', 'running'))
WHERE parent.id = :id RETURNING open_children
""")

UNSETTLED = text("""
SELECT id, workspace_id FROM executions parent
WHERE status = 'running' AND lease_until IS NULL AND queue IS NULL AND open_children <= 0
  AND EXISTS (SELECT FROM executions child WHERE child.parent_id = parent.id)
LIMIT :limit
""")


async def insert_tree(
    session: Session, workspace_id: UUID, created_by: UUID | None, rows: Sequence[JsonObject]
) -> Execution:
    """Insert executions with their first events, and what the outbox owes them; the first returns."""
    made = await session.scalars(
        select(Execution).from_statement(INSERT),
        {
            # asyncpg reads ids as a subclass of UUID, which orjson does not know.
            "rows": orjson.dumps(rows, default=str).decode(),
            "workspace": workspace_id,
            "created_by": created_by,
            "relay_delay": RELAY_DELAY_SECONDS,
            "top": rows[0]["id"],
        },
    )
    execution: Execution = made.one()
    return execution


async def lock_key(session: Session, key: str) -> None:
    """Let only one transaction at a time act on `key`."""
    await session.execute(LOCK_KEY, {"key": key})


async def find_by_key(
    session: Session, workspace_id: UUID, created_by: UUID, operation: str, key: str
) -> Execution | None:
    """The execution this person requested by an operation under an idempotency key."""
    return await session.scalar(
        select(Execution).where(
            Execution.workspace_id == workspace_id,
            Execution.created_by == created_by,
            Execution.idempotency_operation == operation,
            Execution.idempotency_key == key,
        )
    )


async def read_execution(session: Session, execution_id: UUID) -> Execution | None:
    """One execution of the workspace the session is in."""
    return await session.scalar(
        select(Execution)
        .where(Execution.id == execution_id)
        .execution_options(populate_existing=True)
    )


async def tell_parent(
    session: Session, parent_id: UUID, kind: str, data: JsonObject, *, ended: int = 0
) -> tuple[Moved, int, bool] | None:
    """Append to a parent's stream; returns it, its open children, and whether it is to cancel."""
    rows = await session.execute(
        TELL_PARENT,
        {"id": parent_id, "kind": kind, "data": orjson.dumps(data).decode(), "ended": ended},
    )
    row = rows.one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    open_children = int(values.pop("open_children"))
    cancel_requested = values.pop("cancel_requested_at") is not None
    return Moved(**{**values, "status": Status(values["status"])}), open_children, cancel_requested


async def schedule_next(session: Session, parent_id: UUID, lane: UUID) -> tuple[Moved, str] | None:
    """Let the next of a lane begin; returns it with its queue ("" for a manual test)."""
    rows = await session.execute(
        NEXT_IN_LANE, {"parent": parent_id, "lane": lane, "relay_delay": RELAY_DELAY_SECONDS}
    )
    row = rows.one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    queue = values.pop("queue") or ""
    return Moved(**{**values, "status": Status(values["status"])}), queue


async def count_children(session: Session, parent_id: UUID) -> dict[Status, int]:
    """Children by state."""
    rows = await session.execute(COUNT_CHILDREN, {"parent": parent_id})
    return {Status(status): number for status, number in rows}


async def end_unleased(
    session: Session,
    ids: Sequence[UUID],
    status: Status,
    *,
    output: JsonObject | None = None,
    error_code: str | None = None,
    error_message: str | None = None,
) -> list[Moved]:
    """End executions that no worker holds; those that are terminal already stay as they are."""
    rows = await session.execute(
        END_UNLEASED,
        {
            "ids": list(ids),
            "status": status.value,
            "output": None if output is None else orjson.dumps(output).decode(),
            "error_code": error_code,
            "error_message": error_message,
        },
    )
    return [moved for row in rows if (moved := read_moved(row)) is not None]


async def ask_cancel(session: Session, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Note that a cancel was asked for; returns the streams that moved and where to."""
    rows = await session.execute(ASK_CANCEL, {"ids": list(ids)})
    return {row.id: row.seq for row in rows}


async def lock_open_tree(
    session: Session, workspace_id: UUID, execution_id: UUID
) -> list[tuple[UUID, bool, bool]]:
    """Lock what has not ended, leaves first: (id, whether a worker holds it, whether a parent)."""
    rows = await session.execute(OPEN_BELOW, {"id": execution_id, "workspace": workspace_id})
    return [(row.id, row.leased, row.is_parent) for row in rows]


async def find_open_roots(session: Session, workspace_id: UUID) -> Sequence[UUID]:
    """What has not ended in a workspace and belongs to nothing larger."""
    open_roots = select(Execution.id).where(
        Execution.workspace_id == workspace_id,
        Execution.parent_id.is_(None),
        Execution.status.in_(OPEN),
    )
    return (await session.scalars(open_roots.order_by(Execution.id))).all()


async def remove_trees(session: Session, workspace_id: UUID, limit: int) -> int:
    """Delete whole trees with their attempts and events; return how many."""
    roots = (
        select(Execution.id)
        .where(Execution.workspace_id == workspace_id, Execution.parent_id.is_(None))
        .limit(limit)
    )
    gone = await session.scalars(
        delete(Execution).where(Execution.id.in_(roots)).returning(Execution.id)
    )
    return len(gone.all())


async def recount_open_children(session: Session, parent_id: UUID) -> int:
    """Set a parent's counter from its children, after several of them ended at once."""
    return int(await session.scalar(SET_OPEN_CHILDREN, {"id": parent_id}) or 0)


async def find_unsettled(session: Session, *, limit: int) -> list[tuple[UUID, UUID]]:
    """Parents whose children have all ended but who have not: (id, workspace)."""
    rows = await session.execute(UNSETTLED, {"limit": limit})
    return [(row.id, row.workspace_id) for row in rows]
