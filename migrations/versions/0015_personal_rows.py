"""Sessions, access tokens and recovery codes are behind row-level security too.

A transaction sees those of the person it acts for. One that acts for nobody, but in a workspace,
sees the sessions and access tokens that work there: whoever is removed from it loses them.

Whose a token is comes before anybody is known, and what has ended is forgotten for everybody: four
functions do that, and nothing else. None of them forgets what has not ended yet, whatever moment
it is asked for; nor does the one for invitations any more.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

APP = "metamorph_app"
HERE = "(SELECT nullif(current_setting('app.workspace_id', true), '')::uuid)"
ME = "(SELECT nullif(current_setting('app.user_id', true), '')::uuid)"
MINE = f"user_id = {ME}"
MINE_OR_NOBODYS = f"{MINE} OR ({ME} IS NULL AND workspace_id = {HERE})"
CONDITIONS = {
    "sessions": MINE_OR_NOBODYS,
    "access_tokens": MINE_OR_NOBODYS,
    "recovery_codes": MINE,
}

REFRESHER = """
    CREATE FUNCTION owner_of_refresh_token(wanted bytea) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    RETURN (
        SELECT s.user_id FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
        WHERE t.token_hash = wanted
    )
"""
SCRIPTER = """
    CREATE FUNCTION access_token_behind(wanted bytea) RETURNS SETOF access_tokens
    LANGUAGE sql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT * FROM access_tokens WHERE token_hash = wanted $$
"""
FORGET = """
    CREATE FUNCTION {name}(moment timestamptz, at_most bigint) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
        WITH gone AS (
            DELETE FROM {table} WHERE id IN (
                SELECT id FROM {table} WHERE {ended} < least(moment, now())
                LIMIT at_most FOR UPDATE SKIP LOCKED
            )
            RETURNING id
        )
        SELECT count(*) FROM gone;
    END
"""
FORGET_SESSIONS = FORGET.format(name="forget_sessions", table="sessions", ended="expires_at")
FORGET_ACCESS_TOKENS = FORGET.format(
    name="forget_access_tokens", table="access_tokens", ended="least(expires_at, revoked_at)"
)
FUNCTIONS = {
    "owner_of_refresh_token(bytea)": REFRESHER,
    "access_token_behind(bytea)": SCRIPTER,
    "forget_sessions(timestamptz, bigint)": FORGET_SESSIONS,
    "forget_access_tokens(timestamptz, bigint)": FORGET_ACCESS_TOKENS,
}
FORGET_INVITATIONS = """
    CREATE OR REPLACE FUNCTION forget_invitations(moment timestamptz, address text) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    BEGIN ATOMIC
        WITH gone AS (
            DELETE FROM invitations
            WHERE coalesce(accepted_at, revoked_at, expires_at) <= {moment}
                AND (address IS NULL OR email = address)
            RETURNING id
        )
        SELECT count(*) FROM gone;
    END
"""


def upgrade() -> None:
    """Apply."""
    for table, condition in CONDITIONS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY person ON {table} TO {APP} USING ({condition}) WITH CHECK ({condition})"
        )
    for name, body in FUNCTIONS.items():
        op.execute(body)
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {APP}")
    op.execute(FORGET_INVITATIONS.format(moment="least(moment, now())"))


def downgrade() -> None:
    """Take back."""
    op.execute(FORGET_INVITATIONS.format(moment="moment"))
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    for table in CONDITIONS:
        op.execute(f"DROP POLICY person ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
