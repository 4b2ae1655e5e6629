"""The audit log: one chain of entries per workspace, which the application can only lengthen.

`metamorph_app` reads its workspace's entries and calls `append_audit`; nobody but the owner can
change or delete one, and whoever does breaks the chain: every entry is hashed with the hash of the
entry before it. No foreign key leads away from here: the log outlives what it tells of, and a lock
on a workspace's row must never wait for the head of its chain.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

APP = "metamorph_app"
HERE = "(SELECT nullif(current_setting('app.workspace_id', true), '')::uuid)"
PERMISSION = "audit.read"
MEANING = "See the audit log and take it along."
PERMISSIONS = sa.table("permissions", sa.column("name"), sa.column("meaning"))

READ_FROM_RECORD: dict[str, sa.types.TypeEngine[Any]] = {
    "action": sa.String(),
    "actor_id": sa.Uuid(),
    "actor_name": sa.String(),
    "entity_type": sa.String(),
    "entity_id": sa.Uuid(),
    "entity_label": sa.String(),
    "address": sa.String(),
    "request_id": sa.String(),
}
"""Columns to filter by: PostgreSQL computes them, so that they cannot disagree with the record."""

APPEND = """
CREATE FUNCTION append_audit(target uuid, records text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.audit_heads;
    entry text;
    moment timestamptz;
BEGIN
    -- The installation's own workspace takes what people of no workspace do.
    IF target IS NULL OR target <> '00000000-0000-7000-8000-000000000001' AND target IS DISTINCT FROM
        nullif(current_setting('app.workspace_id', true), '')::uuid
    THEN
        RAISE EXCEPTION 'entries are for the workspace of the transaction only'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT * INTO head FROM public.audit_heads WHERE workspace_id = target FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO public.audit_heads (workspace_id, seq, hash)
        VALUES (target, 0, sha256(convert_to('metamorph audit ' || target, 'UTF8')))
        ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT head FROM public.audit_heads WHERE workspace_id = target FOR UPDATE;
    END IF;
    FOREACH entry IN ARRAY records LOOP
        moment := clock_timestamp();
        head.seq := head.seq + 1;
        head.hash := sha256(
            head.hash || int8send(head.seq)
            || int8send((extract(epoch FROM moment) * 1000000)::bigint)
            || convert_to(entry, 'UTF8')
        );
        INSERT INTO public.audit_entries (workspace_id, seq, at, record, hash)
        VALUES (target, head.seq, moment, entry, head.hash);
    END LOOP;
    UPDATE public.audit_heads SET seq = head.seq, hash = head.hash WHERE workspace_id = target;
    RETURN head.seq;
END $$
"""


def upgrade() -> None:
    """Apply."""
    create_tables()
    for table in ("audit_entries", "audit_heads"):
        op.execute(f"GRANT SELECT ON {table} TO {APP}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY workspace ON {table} TO {APP} USING (workspace_id = {HERE})")
    op.execute(APPEND)
    op.execute("REVOKE ALL ON FUNCTION append_audit(uuid, text[]) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION append_audit(uuid, text[]) TO {APP}")
    op.bulk_insert(PERMISSIONS, [{"name": PERMISSION, "meaning": MEANING}])
    op.execute(
        """
        INSERT INTO group_permissions (group_id, permission, workspace_id)
        SELECT id, 'audit.read', workspace_id FROM groups
        WHERE name = 'admin' AND deleted_at IS NULL
        """
    )


def create_tables() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "audit_entries",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        *(
            sa.Column(name, kind, sa.Computed(read(name, kind), persisted=True), nullable=True)
            for name, kind in READ_FROM_RECORD.items()
        ),
        sa.CheckConstraint("action IS NOT NULL", name=op.f("ck_audit_entries_says_what")),
        sa.PrimaryKeyConstraint("workspace_id", "seq", name=op.f("pk_audit_entries")),
    )
    for name in ("at", "action", "actor_id", "entity_id"):
        op.create_index(f"ix_audit_entries_{name}", "audit_entries", ["workspace_id", name, "seq"])
    op.create_table(
        "audit_heads",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_audit_heads")),
    )


def read(name: str, kind: sa.types.TypeEngine[Any]) -> str:
    """The expression of a column that is read from the record."""
    value = f"((record)::jsonb ->> '{name}'::text)"
    return f"({value})::uuid" if isinstance(kind, sa.Uuid) else value


def downgrade() -> None:
    """Take back; the log is lost."""
    op.execute("DROP FUNCTION append_audit(uuid, text[])")
    op.drop_table("audit_entries")
    op.drop_table("audit_heads")
    op.execute(sa.delete(PERMISSIONS).where(PERMISSIONS.c.name == PERMISSION))
