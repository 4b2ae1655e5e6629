"""What only a person who signed in may do, and no access token."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PERMISSIONS = sa.table("permissions", sa.column("name"), sa.column("meaning"))
NAME = "account.secure"
MEANING = "Change the own password, address, second factor, sessions and tokens."


def upgrade() -> None:
    """Apply."""
    op.bulk_insert(PERMISSIONS, [{"name": NAME, "meaning": MEANING}])


def downgrade() -> None:
    """Take back."""
    op.execute(sa.delete(PERMISSIONS).where(PERMISSIONS.c.name == NAME))
