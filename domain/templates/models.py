"""Reusable tests and scenarios from which missions are made."""

from enum import StrEnum
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


class TestKind(StrEnum):
    """Who carries a test out."""

    __test__ = False

    MANUAL = "manual"
    BROWSER = "browser"


class RunMode(StrEnum):
    """Whether a scenario's tests wait for each other, in order of position."""

    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"


class Healing(StrEnum):
    """What happens when a browser test's element has changed: used, only suggested, or neither."""

    HEAL = "heal"
    SUGGEST = "suggest"
    OFF = "off"


KINDS = "('manual', 'browser')"
HEALINGS = "('heal', 'suggest', 'off')"
RUN_MODES = "('sequential', 'parallel')"


class TestTemplate(UuidPkMixin, TimestampMixin, SoftDeleteMixin, Base):
    """A test to be copied into missions.

    `steps` obey `steps.schema.json`; `parameters` maps a name to
    `{"default": str | null, "secret": bool, "description": str}`.
    """

    __test__ = False
    __tablename__ = "test_templates"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("timeout_seconds BETWEEN 1 AND 86400", name="timeout_seconds"),
        CheckConstraint(f"healing IN {HEALINGS}", name="healing"),
        Index(
            "ix_test_templates_active",
            "workspace_id",
            "created_at",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[TestKind] = mapped_column(String(20))
    steps: Mapped[list[object]]
    parameters: Mapped[JsonObject]
    tags: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    timeout_seconds: Mapped[int] = mapped_column(server_default=text("120"))
    healing: Mapped[Healing] = mapped_column(String(10), server_default=Healing.HEAL.value)
    version: Mapped[int] = mapped_column(server_default=text("1"))


class ScenarioTemplate(UuidPkMixin, TimestampMixin, SoftDeleteMixin, Base):
    """An ordered list of tests."""

    __tablename__ = "scenario_templates"
    __table_args__ = (
        CheckConstraint(f"run_mode IN {RUN_MODES}", name="run_mode"),
        Index(
            "ix_scenario_templates_active",
            "workspace_id",
            "created_at",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(server_default="")
    run_mode: Mapped[RunMode] = mapped_column(String(20), server_default=RunMode.SEQUENTIAL.value)
    version: Mapped[int] = mapped_column(server_default=text("1"))


class ScenarioTemplateTest(UuidPkMixin, Base):
    """A test at a position of a scenario; the same test may stand at several positions."""

    __tablename__ = "scenario_template_tests"
    __table_args__ = (UniqueConstraint("scenario_id", "position"),)

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )
    scenario_id: Mapped[UUID] = mapped_column(
        ForeignKey("scenario_templates.id", ondelete="CASCADE")
    )
    test_id: Mapped[UUID] = mapped_column(ForeignKey("test_templates.id"), index=True)
    position: Mapped[int]
    parameters: Mapped[JsonObject]
