"""Row-level security: the application sees one workspace, the engine only what runs.

`metamorph_app` serves requests and tasks; its transactions name a workspace (`app.workspace_id`)
and a person (`app.user_id`). `metamorph_engine` claims, relays and reaps in all workspaces, and
can read nothing but the engine's own tables. Neither owns a table, and neither has BYPASSRLS.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APP = "metamorph_app"
ENGINE = "metamorph_engine"

WORKSPACE_TABLES = (
    "groups",
    "group_permissions",
    "user_groups",
    "test_templates",
    "scenario_templates",
    "scenario_template_tests",
    "missions",
    "mission_scenarios",
    "mission_tests",
    "evidence_files",
    "elements",
    "element_decisions",
    "executions",
    "attempts",
    "execution_events",
    "outbox",
)
ENGINE_TABLES = ("executions", "attempts", "execution_events", "outbox")
APPEND_ONLY = ("execution_events", "element_decisions")
GLOBAL_TABLES = ("users", "refresh_tokens")

# The sub-select makes PostgreSQL evaluate the setting once per statement, not once per row.
HERE = "(SELECT nullif(current_setting('app.workspace_id', true), '')::uuid)"
ME = "(SELECT nullif(current_setting('app.user_id', true), '')::uuid)"


def upgrade() -> None:
    """Apply."""
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP}, {ENGINE}")
    op.execute(f"GRANT SELECT ON alembic_version, permissions TO {APP}")
    for table in GLOBAL_TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")
    for table in WORKSPACE_TABLES:
        secure(table, f"workspace_id = {HERE}")
    for table in ENGINE_TABLES:
        changes = "" if table in APPEND_ONLY else ", UPDATE, DELETE"
        op.execute(f"GRANT SELECT, INSERT{changes} ON {table} TO {ENGINE}")
        op.execute(f"CREATE POLICY engine ON {table} TO {ENGINE} USING (true) WITH CHECK (true)")
    secure("workspace_members", f"workspace_id = {HERE} OR user_id = {ME}")
    # A person must find the workspaces to sign in to before one of them is chosen.
    membership = (
        f"EXISTS (SELECT FROM workspace_members m WHERE m.workspace_id = id AND m.user_id = {ME})"
    )
    secure("workspaces", f"id = {HERE} OR {membership}")


def secure(table: str, condition: str) -> None:
    """Grant the application its verbs on `table`, and only on rows that meet `condition`."""
    changes = "" if table in APPEND_ONLY else ", UPDATE, DELETE"
    op.execute(f"GRANT SELECT, INSERT{changes} ON {table} TO {APP}")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY workspace ON {table} TO {APP} USING ({condition}) WITH CHECK ({condition})"
    )


def downgrade() -> None:
    """Take back."""
    for table in (*WORKSPACE_TABLES, "workspace_members", "workspaces"):
        op.execute(f"DROP POLICY workspace ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in ENGINE_TABLES:
        op.execute(f"DROP POLICY engine ON {table}")
    tables = (*WORKSPACE_TABLES, *GLOBAL_TABLES, "workspace_members", "workspaces", "permissions")
    op.execute(f"REVOKE ALL ON {', '.join(tables)}, alembic_version FROM {APP}, {ENGINE}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {APP}, {ENGINE}")
