"""Entries of the audit log, chained by their hashes, and the head of each chain.

Rows are made by the function `append_audit` alone (see the migration): the application may read.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.database import Base


def read_text(name: str) -> Computed:
    """A column that PostgreSQL reads from the record, so that the two cannot disagree."""
    return Computed(f"((record)::jsonb ->> '{name}'::text)", persisted=True)


def read_id(name: str) -> Computed:
    """The same for an id."""
    return Computed(f"(((record)::jsonb ->> '{name}'::text))::uuid", persisted=True)


class AuditEntry(Base):
    """Entry `seq` of a workspace's log.

    `record` is the canonical JSON that was hashed (see `domain.shared.audit`); the columns after
    `hash` repeat parts of it, to filter by.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "seq"),
        CheckConstraint("action IS NOT NULL", name="says_what"),
        Index("ix_audit_entries_at", "workspace_id", "at", "seq"),
        Index("ix_audit_entries_action", "workspace_id", "action", "seq"),
        Index("ix_audit_entries_actor_id", "workspace_id", "actor_id", "seq"),
        Index("ix_audit_entries_entity_id", "workspace_id", "entity_id", "seq"),
    )

    workspace_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    record: Mapped[str]
    hash: Mapped[bytes]
    action: Mapped[str | None] = mapped_column(read_text("action"))
    actor_id: Mapped[UUID | None] = mapped_column(read_id("actor_id"))
    actor_name: Mapped[str | None] = mapped_column(read_text("actor_name"))
    entity_type: Mapped[str | None] = mapped_column(read_text("entity_type"))
    entity_id: Mapped[UUID | None] = mapped_column(read_id("entity_id"))
    entity_label: Mapped[str | None] = mapped_column(read_text("entity_label"))
    address: Mapped[str | None] = mapped_column(read_text("address"))
    request_id: Mapped[str | None] = mapped_column(read_text("request_id"))


class AuditHead(Base):
    """The newest entry of a workspace's chain."""

    __tablename__ = "audit_heads"
    __table_args__ = (PrimaryKeyConstraint("workspace_id"),)

    workspace_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
