"""The history of elements, how tests heal, what decisions cost, and weights per workspace."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

APP = "metamorph_app"
HERE = "(SELECT nullif(current_setting('app.workspace_id', true), '')::uuid)"
DECISIONS = "'hit', 'hit_verified', 'healed', 'learned', 'abstained', 'not_found'"
NEW = "'suggested', 'extracted'"
CHECK = "ck_element_decisions_decision"
OF_WORKSPACE = "ix_element_decisions_workspace_id"
TESTS = ("test_templates", "mission_tests")


def upgrade() -> None:
    """Apply."""
    create_element_versions()
    secure_element_versions()
    keep_what_is_known()
    add_columns()
    op.drop_constraint(op.f(CHECK), "element_decisions")
    op.create_check_constraint(
        op.f(CHECK), "element_decisions", f"decision IN ({DECISIONS}, {NEW})"
    )
    op.drop_index(op.f(OF_WORKSPACE), table_name="element_decisions")
    op.create_index(OF_WORKSPACE, "element_decisions", ["workspace_id", "created_at", "id"])


def downgrade() -> None:
    """Take back."""
    op.drop_index(OF_WORKSPACE, table_name="element_decisions")
    op.create_index(op.f(OF_WORKSPACE), "element_decisions", ["workspace_id"])
    op.execute("DELETE FROM element_decisions WHERE decision IN ('suggested', 'extracted')")
    op.drop_constraint(op.f(CHECK), "element_decisions")
    op.create_check_constraint(op.f(CHECK), "element_decisions", f"decision IN ({DECISIONS})")
    for column in ("usage", "version", "new_version"):
        op.drop_column("element_decisions", column)
    for table in TESTS:
        op.drop_constraint(op.f(f"ck_{table}_healing"), table)
        op.drop_column(table, "healing")
    op.drop_column("workspaces", "element_layers")
    op.drop_table("element_versions")


def create_element_versions() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "element_versions",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("element_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("execution_id", sa.Uuid(), nullable=True),
        sa.Column("remembered", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_element_versions_{column}_{table}"),
                ondelete=rule,
            )
            for column, table, rule in (
                ("workspace_id", "workspaces", "CASCADE"),
                ("element_id", "elements", "CASCADE"),
                ("made_by", "users", "SET NULL"),
                ("execution_id", "executions", "SET NULL"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_element_versions")),
        sa.UniqueConstraint(
            "element_id", "version", name=op.f("uq_element_versions_element_id_version")
        ),
    )
    for column in ("workspace_id", "made_by", "execution_id"):
        op.create_index(op.f(f"ix_element_versions_{column}"), "element_versions", [column])


def secure_element_versions() -> None:
    """Let the application see one workspace's, and add to them, but change none."""
    op.execute(f"GRANT SELECT, INSERT ON element_versions TO {APP}")
    op.execute("ALTER TABLE element_versions ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY workspace ON element_versions TO {APP} "
        f"USING (workspace_id = {HERE}) WITH CHECK (workspace_id = {HERE})"
    )


def keep_what_is_known() -> None:
    """Begin the history of every element with what it is now."""
    op.execute(
        "INSERT INTO element_versions (id, workspace_id, element_id, version, reason, status, "
        "remembered, changes, created_at) SELECT gen_random_uuid(), workspace_id, id, version, "
        "reason, status, remembered, coalesce(remembered -> 'changes', '{}'), updated_at "
        "FROM elements"
    )


def add_columns() -> None:
    """Settings, and what a decision was based on and cost."""
    json = postgresql.JSONB(astext_type=sa.Text())
    empty = sa.text("'{}'")
    op.add_column(
        "workspaces", sa.Column("element_layers", json, server_default=empty, nullable=False)
    )
    for table in TESTS:
        column = sa.Column("healing", sa.String(length=10), server_default="heal", nullable=False)
        op.add_column(table, column)
        op.create_check_constraint(
            op.f(f"ck_{table}_healing"), table, "healing IN ('heal', 'suggest', 'off')"
        )
    op.add_column("element_decisions", sa.Column("usage", json, nullable=True))
    op.add_column("element_decisions", sa.Column("version", sa.Integer(), nullable=True))
    op.add_column("element_decisions", sa.Column("new_version", sa.Integer(), nullable=True))
