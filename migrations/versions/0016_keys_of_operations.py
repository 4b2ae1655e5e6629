"""Idempotency keys belong to a person and an operation, and know what was asked for.

What the keys from before were for is not known any more: they are forgotten, in both directions.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEX = "uq_executions_idempotency"
CHECK = "ck_executions_idempotency"
OWNER = ["workspace_id", "created_by"]


def upgrade() -> None:
    """Apply."""
    forget_keys()
    op.add_column("executions", sa.Column("idempotency_operation", sa.String(40), nullable=True))
    op.add_column("executions", sa.Column("idempotency_digest", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f(CHECK),
        "executions",
        "num_nulls(idempotency_operation, idempotency_key, idempotency_digest) IN (0, 3)",
    )
    replace_index([*OWNER, "idempotency_operation", "idempotency_key"])


def downgrade() -> None:
    """Take back."""
    op.drop_constraint(op.f(CHECK), "executions")
    forget_keys()
    replace_index([*OWNER, "idempotency_key"])
    op.drop_column("executions", "idempotency_digest")
    op.drop_column("executions", "idempotency_operation")


def forget_keys() -> None:
    """Let every execution lose its key; its operation and digest go with their columns."""
    op.execute("UPDATE executions SET idempotency_key = NULL WHERE idempotency_key IS NOT NULL")


def replace_index(columns: list[str]) -> None:
    """Make the keys unique by other columns than before."""
    op.drop_index(INDEX, table_name="executions")
    where = sa.text("idempotency_key IS NOT NULL")
    op.create_index(INDEX, "executions", columns, unique=True, postgresql_where=where)
