"""Everything that runs: executions, their attempts, their numbered events, and the outbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.executions.states import AttemptOutcome, Status
from domain.shared.database import Base, JsonObject, TimestampMixin, UuidPkMixin

STATUSES = "(" + ", ".join(f"'{status.value}'" for status in Status) + ")"
OUTCOMES = "(" + ", ".join(f"'{outcome.value}'" for outcome in AttemptOutcome) + ")"
KEY_LENGTH = 255


class Execution(UuidPkMixin, TimestampMixin, Base):
    """One unit of work.

    `attempt` is the fencing token: it grows with every claim, and every write of a worker names
    it. `failures` and `losses` count what was spent; a lease that was handed back spends nothing.
    `open_children` reaches zero when the last child has ended. `lane` and `position` order
    siblings that wait for each other. The three of `idempotency` tell which request made it, if
    that had a key; `domain.executions.repeat` says what they are.
    """

    __tablename__ = "executions"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        CheckConstraint(
            "lease_until IS NULL OR status = 'running'", name="lease_only_while_running"
        ),
        CheckConstraint(
            "num_nulls(idempotency_operation, idempotency_key, idempotency_digest) IN (0, 3)",
            name="idempotency",
        ),
        Index(
            "ix_executions_due", "queue", "due_at", postgresql_where=text("status = 'scheduled'")
        ),
        Index(
            "ix_executions_leased",
            "lease_until",
            postgresql_where=text("status = 'running' AND lease_until IS NOT NULL"),
        ),
        Index("ix_executions_listed", "workspace_id", "kind", "created_at", "id"),
        Index("ix_executions_subject_id", "subject_id", "created_at"),
        Index("ix_executions_parent_id", "parent_id", "lane", "position"),
        Index(
            "uq_executions_idempotency",
            "workspace_id",
            "created_by",
            "idempotency_operation",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    queue: Mapped[str | None] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(300))
    subject_id: Mapped[UUID | None]
    status: Mapped[Status] = mapped_column(String(20))

    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("executions.id", ondelete="CASCADE"))
    root_id: Mapped[UUID] = mapped_column(index=True)
    lane: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    open_children: Mapped[int] = mapped_column(server_default=text("0"))
    replay_of: Mapped[UUID | None]

    input: Mapped[JsonObject]
    output: Mapped[JsonObject | None]
    error_code: Mapped[str | None] = mapped_column(String(60))
    error_message: Mapped[str | None]

    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    losses: Mapped[int] = mapped_column(server_default=text("0"))
    max_attempts: Mapped[int] = mapped_column(server_default=text("1"))
    timeout_seconds: Mapped[float]
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    worker: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))

    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    idempotency_operation: Mapped[str | None] = mapped_column(String(40))
    idempotency_key: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    idempotency_digest: Mapped[bytes | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Attempt(Base):
    """One claim of an execution by one worker, and how it ended."""

    __tablename__ = "attempts"
    __table_args__ = (CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),)

    execution_id: Mapped[UUID] = mapped_column(
        ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(index=True)
    worker: Mapped[str] = mapped_column(String(200))
    claimed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    finished_at: Mapped[datetime | None]
    outcome: Mapped[AttemptOutcome | None] = mapped_column(String(20))
    error_message: Mapped[str | None]


class ExecutionEvent(Base):
    """Event `seq` of an execution's stream; appended, never changed."""

    __tablename__ = "execution_events"

    execution_id: Mapped[UUID] = mapped_column(
        ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    workspace_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(60))
    data: Mapped[JsonObject]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class OutboxMessage(Base):
    """A wake-up that is owed: deleted by the claim, sent (again) by the relay when it is due."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due_at", "due_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    workspace_id: Mapped[UUID]
    execution_id: Mapped[UUID] = mapped_column(
        ForeignKey("executions.id", ondelete="CASCADE"), index=True
    )
    queue: Mapped[str] = mapped_column(String(40))
    due_at: Mapped[datetime]
    sends: Mapped[int] = mapped_column(server_default=text("0"))
