"""SQL of the relay: wake-ups that are due again, and keys that have aged."""

from uuid import UUID

from sqlalchemy import text

from domain.shared.database import Session

RESEND_CAP_SECONDS = 8.0
KEY_HOURS = 24

DUE = text("""
WITH due AS (
    SELECT id FROM outbox WHERE due_at <= clock_timestamp()
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
UPDATE outbox SET sends = sends + 1,
    due_at = clock_timestamp() + make_interval(secs => least(:cap, power(2, least(sends, 10)) * 0.5))
FROM due WHERE outbox.id = due.id
RETURNING outbox.queue, outbox.execution_id
""")

FORGET = text("""
DELETE FROM outbox USING executions e
WHERE e.id = outbox.execution_id AND e.status <> 'scheduled' AND outbox.sends > 3
""")

FORGET_KEYS = text("""
UPDATE executions
SET idempotency_operation = NULL, idempotency_key = NULL, idempotency_digest = NULL
WHERE idempotency_key IS NOT NULL AND created_at < clock_timestamp() - make_interval(hours => :hours)
""")


async def take_due(session: Session, *, limit: int) -> list[tuple[str, UUID]]:
    """Wake-ups to send (again): (queue, execution); each comes back later, unless claimed."""
    rows = await session.execute(DUE, {"limit": limit, "cap": RESEND_CAP_SECONDS})
    return [(row.queue, row.execution_id) for row in rows]


async def forget_settled(session: Session) -> None:
    """Drop wake-ups for executions that no longer wait, and idempotency keys past their day."""
    await session.execute(FORGET)
    await session.execute(FORGET_KEYS, {"hours": KEY_HOURS})
