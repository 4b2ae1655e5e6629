"""A session that keeps its refresh token in a cookie gives it to no script later."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "sessions",
        sa.Column("in_cookie", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("sessions", "in_cookie")
