"""Test and scenario templates, and the missions made from them."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    create_test_templates()
    create_scenario_templates()
    create_scenario_template_tests()
    create_missions()
    create_mission_scenarios()
    create_mission_tests()


def downgrade() -> None:
    """Take back."""
    op.drop_table("mission_tests")
    op.drop_table("mission_scenarios")
    op.drop_table("missions")
    op.drop_table("scenario_template_tests")
    op.drop_table("scenario_templates")
    op.drop_table("test_templates")


def timestamps() -> tuple[sa.Column[datetime], sa.Column[datetime]]:
    """When a row was made and last changed."""
    created, updated = (
        sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    )
    return created, updated


def create_test_templates() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "test_templates",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "tags", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("timeout_seconds", sa.Integer(), server_default=sa.text("120"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *timestamps(),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('manual', 'browser')", name=op.f("ck_test_templates_kind")),
        sa.CheckConstraint(
            "timeout_seconds BETWEEN 1 AND 86400", name=op.f("ck_test_templates_timeout_seconds")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_test_templates_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_templates")),
    )
    op.create_index(
        "ix_test_templates_active",
        "test_templates",
        ["workspace_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def create_scenario_templates() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "scenario_templates",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("run_mode", sa.String(length=20), server_default="sequential", nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *timestamps(),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "run_mode IN ('sequential', 'parallel')", name=op.f("ck_scenario_templates_run_mode")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_scenario_templates_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_templates")),
    )
    op.create_index(
        "ix_scenario_templates_active",
        "scenario_templates",
        ["workspace_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def create_scenario_template_tests() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "scenario_template_tests",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("scenario_id", sa.Uuid(), nullable=False),
        sa.Column("test_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scenario_id"],
            ["scenario_templates.id"],
            name=op.f("fk_scenario_template_tests_scenario_id_scenario_templates"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["test_id"],
            ["test_templates.id"],
            name=op.f("fk_scenario_template_tests_test_id_test_templates"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_scenario_template_tests_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenario_template_tests")),
        sa.UniqueConstraint(
            "scenario_id", "position", name=op.f("uq_scenario_template_tests_scenario_id_position")
        ),
    )
    op.create_index(
        op.f("ix_scenario_template_tests_test_id"),
        "scenario_template_tests",
        ["test_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_scenario_template_tests_workspace_id"),
        "scenario_template_tests",
        ["workspace_id"],
        unique=False,
    )


def create_missions() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "missions",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("base_url", sa.String(length=2000), nullable=True),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *timestamps(),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["users.id"],
            name=op.f("fk_missions_created_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_missions_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missions")),
    )
    op.create_index(
        "ix_missions_active",
        "missions",
        ["workspace_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def create_mission_scenarios() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "mission_scenarios",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("run_mode", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *timestamps(),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "run_mode IN ('sequential', 'parallel')", name=op.f("ck_mission_scenarios_run_mode")
        ),
        sa.ForeignKeyConstraint(
            ["mission_id"],
            ["missions.id"],
            name=op.f("fk_mission_scenarios_mission_id_missions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["scenario_templates.id"],
            name=op.f("fk_mission_scenarios_template_id_scenario_templates"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_mission_scenarios_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mission_scenarios")),
        sa.UniqueConstraint(
            "mission_id", "position", name=op.f("uq_mission_scenarios_mission_id_position")
        ),
    )
    index_mission_scenarios()


def index_mission_scenarios() -> None:
    """Make the indexes that no constraint brings."""
    op.create_index(
        "ix_mission_scenarios_active",
        "mission_scenarios",
        ["mission_id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_mission_scenarios_workspace_id"),
        "mission_scenarios",
        ["workspace_id"],
        unique=False,
    )


def create_mission_tests() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "mission_tests",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column("scenario_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(), server_default="", nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "tags", postgresql.ARRAY(sa.String()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("timeout_seconds", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *timestamps(),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('manual', 'browser')", name=op.f("ck_mission_tests_kind")),
        sa.ForeignKeyConstraint(
            ["mission_id"],
            ["missions.id"],
            name=op.f("fk_mission_tests_mission_id_missions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["scenario_id"],
            ["mission_scenarios.id"],
            name=op.f("fk_mission_tests_scenario_id_mission_scenarios"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["test_templates.id"],
            name=op.f("fk_mission_tests_template_id_test_templates"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_mission_tests_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mission_tests")),
        sa.UniqueConstraint(
            "scenario_id", "position", name=op.f("uq_mission_tests_scenario_id_position")
        ),
    )
    index_mission_tests()


def index_mission_tests() -> None:
    """Make the indexes that no constraint brings."""
    op.create_index(
        "ix_mission_tests_active",
        "mission_tests",
        ["mission_id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_mission_tests_template_id"), "mission_tests", ["template_id"], unique=False
    )
    op.create_index(
        op.f("ix_mission_tests_workspace_id"), "mission_tests", ["workspace_id"], unique=False
    )
