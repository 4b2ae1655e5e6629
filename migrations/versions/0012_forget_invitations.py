"""Forget invitations that are over: of all workspaces after a while, and of whoever goes at once."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APP = "metamorph_app"
NAME = "forget_invitations(timestamptz, text)"
FORGET = """
    CREATE FUNCTION forget_invitations(moment timestamptz, address text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
        WITH gone AS (
            DELETE FROM invitations
            WHERE coalesce(accepted_at, revoked_at, expires_at) <= moment
                AND (address IS NULL OR email = address)
            RETURNING id
        )
        SELECT count(*) FROM gone;
    END
"""


def upgrade() -> None:
    """Apply."""
    op.execute(FORGET)
    op.execute(f"REVOKE ALL ON FUNCTION {NAME} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {NAME} TO {APP}")


def downgrade() -> None:
    """Take back."""
    op.execute(f"DROP FUNCTION {NAME}")
