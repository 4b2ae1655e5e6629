"""Missions, and the scenarios and tests copied into them."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.database import (
    Base,
    JsonObject,
    SoftDeleteMixin,
    TimestampMixin,
    UuidPkMixin,
)
from domain.templates.models import HEALINGS, KINDS, RUN_MODES, Healing, RunMode, TestKind


class Mission(UuidPkMixin, TimestampMixin, SoftDeleteMixin, Base):
    """A set of tests to carry out.

    `parameters` maps a name that one of its tests declares to `{"value": str}`, or, when the tests
    declare it as secret, to `{"sealed": str}` (see `domain.missions.values`).
    """

    __tablename__ = "missions"
    __table_args__ = (
        Index(
            "ix_missions_active",
            "workspace_id",
            "created_at",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(server_default="")
    base_url: Mapped[str | None] = mapped_column(String(2000))
    parameters: Mapped[JsonObject]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class MissionScenario(UuidPkMixin, TimestampMixin, SoftDeleteMixin, Base):
    """A scenario as it was when the mission was made."""

    __tablename__ = "mission_scenarios"
    __table_args__ = (
        CheckConstraint(f"run_mode IN {RUN_MODES}", name="run_mode"),
        UniqueConstraint("mission_id", "position"),
        Index(
            "ix_mission_scenarios_active", "mission_id", postgresql_where=text("deleted_at IS NULL")
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )
    mission_id: Mapped[UUID] = mapped_column(ForeignKey("missions.id", ondelete="CASCADE"))
    template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("scenario_templates.id", ondelete="SET NULL")
    )
    name: Mapped[str] = mapped_column(String(200))
    run_mode: Mapped[RunMode] = mapped_column(String(20))
    position: Mapped[int]


class MissionTest(UuidPkMixin, TimestampMixin, SoftDeleteMixin, Base):
    """A test as it was when the mission was made: a later change of the template does not reach it.

    `parameters` are as the template declared them, with what its position gave as default.
    """

    __tablename__ = "mission_tests"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"healing IN {HEALINGS}", name="healing"),
        UniqueConstraint("scenario_id", "position"),
        Index("ix_mission_tests_active", "mission_id", postgresql_where=text("deleted_at IS NULL")),
    )

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )
    mission_id: Mapped[UUID] = mapped_column(ForeignKey("missions.id", ondelete="CASCADE"))
    scenario_id: Mapped[UUID] = mapped_column(
        ForeignKey("mission_scenarios.id", ondelete="CASCADE")
    )
    template_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("test_templates.id", ondelete="SET NULL"), index=True
    )
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[TestKind] = mapped_column(String(20))
    steps: Mapped[list[object]]
    parameters: Mapped[JsonObject]
    tags: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    timeout_seconds: Mapped[int]
    healing: Mapped[Healing] = mapped_column(String(10), server_default=Healing.HEAL.value)
    position: Mapped[int]
