"""Remembered page elements with their history, and one row for every decision about them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.database import Base, JsonObject, TimestampMixin, UuidPkMixin


class Element(UuidPkMixin, TimestampMixin, Base):
    """The element that one step of one test meant, as it was last seen.

    `key` is `domain.elements.keys.element_key`: test template (or mission test), step and wording.
    `remembered` holds what the locator needs: selectors, fingerprint, hashes.
    """

    __tablename__ = "elements"
    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        CheckConstraint("status IN ('active', 'deprecated', 'invalidated')", name="status"),
        Index("ix_elements_scope_id", "workspace_id", "scope_id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    scope_id: Mapped[UUID]
    """The test template the element belongs to; missions made from it share what was learned."""
    key: Mapped[str] = mapped_column(String(64))
    step_key: Mapped[str] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(String(500))
    url_pattern: Mapped[str] = mapped_column(String(500))
    remembered: Mapped[JsonObject]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    reason: Mapped[str] = mapped_column(String(20), server_default="learned")
    status: Mapped[str] = mapped_column(String(20), server_default="active")
    hits: Mapped[int] = mapped_column(server_default=text("0"))
    misses: Mapped[int] = mapped_column(server_default=text("0"))
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ElementVersion(UuidPkMixin, Base):
    """What became of an element, and who or what did it; never changed afterwards.

    `parent` is the version that it was made from, `changes` what is different from it: part ->
    [before, after]; of a restored version, from the one that was used before. `picture` is a PNG of
    the element, where one may be kept, `note` why a person did it. A version with the status
    `suggested` was not used: the test asks a person first.
    """

    __tablename__ = "element_versions"
    __table_args__ = (UniqueConstraint("element_id", "version"),)

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )
    element_id: Mapped[UUID] = mapped_column(ForeignKey("elements.id", ondelete="CASCADE"))
    version: Mapped[int]
    parent: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(20))
    made_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    execution_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("executions.id", ondelete="SET NULL"), index=True
    )
    remembered: Mapped[JsonObject]
    changes: Mapped[JsonObject]
    note: Mapped[str | None] = mapped_column(String(500))
    picture: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class ElementDecision(UuidPkMixin, Base):
    """Why an element was used, healed, learned or abstained from, with all scores.

    One that is `extracted` is about no element: a language model read a value. `scope_id` is the
    test template it was taken for, `version` the version that was asked for, `new_version` what was
    learned instead of it; `usage` is what a language model was asked for, and what that cost, as
    `domain.elements.records` describes it.
    """

    __tablename__ = "element_decisions"
    __table_args__ = (
        CheckConstraint(
            "decision IN ('hit', 'hit_verified', 'healed', 'learned', 'abstained', 'not_found', "
            "'suggested', 'extracted')",
            name="decision",
        ),
        Index("ix_element_decisions_workspace_id", "workspace_id", "created_at", "id"),
        Index("ix_element_decisions_execution_id", "execution_id", "step_index"),
        Index("ix_element_decisions_element_id", "element_id", "created_at", "id"),
        Index("ix_element_decisions_scope_id", "workspace_id", "scope_id", "created_at"),
        Index(
            "ix_element_decisions_learned",
            "workspace_id",
            "scope_id",
            "milliseconds",
            postgresql_where=text("decision = 'learned'"),
        ),
        Index("ix_element_decisions_age", "created_at", postgresql_using="brin"),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    execution_id: Mapped[UUID] = mapped_column(ForeignKey("executions.id", ondelete="CASCADE"))
    element_id: Mapped[UUID | None] = mapped_column(ForeignKey("elements.id", ondelete="SET NULL"))
    scope_id: Mapped[UUID | None]
    attempt: Mapped[int]
    step_index: Mapped[int]
    decision: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(20))
    score: Mapped[float | None]
    runner_up: Mapped[float | None]
    layers: Mapped[JsonObject]
    candidates: Mapped[list[object]]
    reason: Mapped[str]
    milliseconds: Mapped[float]
    usage: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int | None]
    new_version: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
