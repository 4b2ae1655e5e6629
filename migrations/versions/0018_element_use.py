"""Whose decisions about elements are, why people change elements, and what is forgotten of both.

Nobody but the owner can delete a version or a decision. Three functions forget those that are old
enough, and elements that were not seen for long, in all workspaces: the application may call them,
but whatever moment or number it names, they leave what is younger than a month and the newest
twenty versions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

APP = "metamorph_app"
DECISIONS = "element_decisions"
OF_ELEMENT = "ix_element_decisions_element_id"
FORGET = """
    CREATE FUNCTION {name}({boundary}, at_most bigint) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
        WITH gone AS (DELETE FROM {table} WHERE id IN ({old}) RETURNING id)
        SELECT count(*) FROM gone;
    END
"""
UNSEEN = """
    SELECT id FROM elements WHERE last_seen_at < least(moment, now() - interval '30 days')
    LIMIT at_most FOR UPDATE SKIP LOCKED
"""
OLD = """
    SELECT id FROM element_decisions
    WHERE created_at < least(moment, now() - interval '30 days') LIMIT at_most
"""
# Numbers have gaps only where versions were forgotten, so that those who are left are the newest.
BEYOND = """
    SELECT v.id FROM (
        SELECT element_id, max(version) - greatest(kept, 20) AS last FROM element_versions
        WHERE version > greatest(kept, 20) GROUP BY element_id
    ) AS long
    JOIN element_versions v ON v.element_id = long.element_id AND v.version <= long.last
    JOIN elements e ON e.id = v.element_id AND e.version <> v.version
    LIMIT at_most
"""
FUNCTIONS = {
    "forget_elements": ("elements", "moment timestamptz", UNSEEN),
    "forget_element_decisions": (DECISIONS, "moment timestamptz", OLD),
    "forget_element_versions": ("element_versions", "kept int", BEYOND),
}


def upgrade() -> None:
    """Apply."""
    op.add_column("element_versions", sa.Column("note", sa.String(length=500), nullable=True))
    op.add_column(DECISIONS, sa.Column("scope_id", sa.Uuid(), nullable=True))
    say_whose_decisions_are()
    op.drop_index(op.f(OF_ELEMENT), table_name=DECISIONS)
    op.create_index(OF_ELEMENT, DECISIONS, ["element_id", "created_at", "id"])
    op.create_index(
        "ix_element_decisions_scope_id", DECISIONS, ["workspace_id", "scope_id", "created_at"]
    )
    op.create_index(
        "ix_element_decisions_learned",
        DECISIONS,
        ["workspace_id", "scope_id", "milliseconds"],
        postgresql_where=sa.text("decision = 'learned'"),
    )
    op.create_index("ix_element_decisions_age", DECISIONS, ["created_at"], postgresql_using="brin")
    for name, (table, boundary, old) in FUNCTIONS.items():
        op.execute(FORGET.format(name=name, table=table, boundary=boundary, old=old))
        signature = f"{name}({boundary.split()[1]}, bigint)"
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {APP}")


def downgrade() -> None:
    """Take back."""
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    for index in ("age", "learned", "scope_id"):
        op.drop_index(f"ix_element_decisions_{index}", table_name=DECISIONS)
    op.drop_index(OF_ELEMENT, table_name=DECISIONS)
    op.create_index(op.f(OF_ELEMENT), DECISIONS, ["element_id"])
    op.drop_column(DECISIONS, "scope_id")
    op.drop_column("element_versions", "note")


def say_whose_decisions_are() -> None:
    """Fill in the test of what was decided so far: that of the element, or else of the run."""
    op.execute(
        "UPDATE element_decisions d SET scope_id = e.scope_id FROM elements e "
        "WHERE e.id = d.element_id"
    )
    op.execute(
        "UPDATE element_decisions d SET scope_id = coalesce(t.template_id, t.id) "
        "FROM executions x JOIN mission_tests t ON t.id = x.subject_id "
        "WHERE d.scope_id IS NULL AND x.id = d.execution_id AND x.kind = 'browser'"
    )
