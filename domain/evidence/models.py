"""Files that prove what happened, stored by content hash."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.database import Base, SoftDeleteMixin, TimestampMixin, UuidPkMixin


class EvidenceKind(StrEnum):
    """What a file shows."""

    SCREENSHOT = "screenshot"
    CONSOLE = "console"
    NETWORK = "network"
    TRACE = "trace"
    VIDEO = "video"
    UPLOAD = "upload"


class EvidenceFile(UuidPkMixin, TimestampMixin, SoftDeleteMixin, Base):
    """A file of an execution. `stored_at` is null until its bytes have arrived and were checked."""

    __tablename__ = "evidence_files"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('screenshot', 'console', 'network', 'trace', 'video', 'upload')", name="kind"
        ),
        CheckConstraint("(stored_at IS NULL) = (sha256 IS NULL)", name="stored_has_hash"),
        Index(
            "ix_evidence_files_active",
            "workspace_id",
            "execution_id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    execution_id: Mapped[UUID] = mapped_column(
        ForeignKey("executions.id", ondelete="CASCADE"), index=True
    )
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    step_index: Mapped[int | None]
    kind: Mapped[EvidenceKind] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    stored_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
