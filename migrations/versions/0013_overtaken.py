"""Note that requests with the same refresh token overlapped, so that a late one of them is known."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    column = sa.Column("overtaken_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("refresh_tokens", column)


def downgrade() -> None:
    """Take back."""
    op.drop_column("refresh_tokens", "overtaken_at")
