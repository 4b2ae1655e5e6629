"""Sessions, links that are sent by mail, access tokens for scripts, second factors, terms.

What a session is moves out of its refresh tokens into a row of its own, so that it can be listed
and ended. The installation itself gets a workspace, which nobody belongs to: mails are executions.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APP = "metamorph_app"
SYSTEM_WORKSPACE = "00000000-0000-7000-8000-000000000001"
WORKSPACES = sa.table(
    "workspaces", sa.column("id", sa.Uuid()), sa.column("name"), sa.column("slug")
)
TABLES = ("sessions", "mail_links", "access_tokens", "recovery_codes")


def upgrade() -> None:
    """Apply."""
    op.bulk_insert(
        WORKSPACES, [{"id": UUID(SYSTEM_WORKSPACE), "name": "Installation", "slug": "-"}]
    )
    extend_users()
    create_sessions()
    move_sessions()
    create_mail_links()
    create_access_tokens()
    create_recovery_codes()
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}")


def downgrade() -> None:
    """Take back; sessions go on, what was made for the rest is lost."""
    op.drop_table("recovery_codes")
    op.drop_table("access_tokens")
    op.drop_table("mail_links")
    move_sessions_back()
    op.drop_table("sessions")
    for name in USER_COLUMNS:
        op.drop_column("users", name)
    op.execute(sa.delete(WORKSPACES).where(WORKSPACES.c.id == UUID(SYSTEM_WORKSPACE)))


USER_COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "password_changed_at": sa.DateTime(timezone=True),
    "terms_version": sa.String(length=40),
    "terms_accepted_at": sa.DateTime(timezone=True),
    "totp_secret": sa.String(),
    "totp_confirmed_at": sa.DateTime(timezone=True),
    "totp_last_step": sa.BigInteger(),
}


def extend_users() -> None:
    """Add what only some people have."""
    for name, kind in USER_COLUMNS.items():
        op.add_column("users", sa.Column(name, kind, nullable=True))


def create_sessions() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "sessions",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.String(length=300), server_default=sa.text("''"), nullable=False),
        sa.Column("address", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_sessions_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_index(op.f("ix_sessions_workspace_id"), "sessions", ["workspace_id"], unique=False)


def move_sessions() -> None:
    """Make a session of every family of refresh tokens."""
    op.execute(
        """
        INSERT INTO sessions (id, user_id, workspace_id, created_at, last_used_at, expires_at, ended_at)
        SELECT DISTINCT ON (family_id)
            family_id, user_id, workspace_id, min(created_at) OVER family,
            max(created_at) OVER family, max(expires_at) OVER family, revoked_at
        FROM refresh_tokens
        WINDOW family AS (PARTITION BY family_id)
        ORDER BY family_id, created_at DESC
        """
    )
    op.drop_index(op.f("ix_refresh_tokens_family_id"), "refresh_tokens")
    op.drop_index(op.f("ix_refresh_tokens_user_id"), "refresh_tokens")
    op.drop_index(op.f("ix_refresh_tokens_workspace_id"), "refresh_tokens")
    op.add_column("refresh_tokens", sa.Column("session_id", sa.Uuid(), nullable=True))
    op.execute("UPDATE refresh_tokens SET session_id = family_id")
    op.alter_column("refresh_tokens", "session_id", nullable=False)
    for name in ("family_id", "user_id", "workspace_id", "revoked_at"):
        op.drop_column("refresh_tokens", name)
    op.create_foreign_key(
        op.f("fk_refresh_tokens_session_id_sessions"),
        "refresh_tokens",
        "sessions",
        ["session_id"],
        ["id"],
        ondelete="CASCADE",
    )
    op.create_index(
        op.f("ix_refresh_tokens_session_id"), "refresh_tokens", ["session_id"], unique=False
    )


def move_sessions_back() -> None:
    """Give every refresh token what its session knows."""
    op.drop_index(op.f("ix_refresh_tokens_session_id"), "refresh_tokens")
    op.drop_constraint(op.f("fk_refresh_tokens_session_id_sessions"), "refresh_tokens")
    for name in ("family_id", "user_id", "workspace_id"):
        op.add_column("refresh_tokens", sa.Column(name, sa.Uuid(), nullable=True))
    op.add_column(
        "refresh_tokens", sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(
        """
        UPDATE refresh_tokens r
        SET family_id = s.id, user_id = s.user_id, workspace_id = s.workspace_id,
            revoked_at = s.ended_at
        FROM sessions s WHERE s.id = r.session_id
        """
    )
    op.alter_column("refresh_tokens", "family_id", nullable=False)
    op.drop_column("refresh_tokens", "session_id")
    for name, target in (("user_id", "users"), ("workspace_id", "workspaces")):
        op.alter_column("refresh_tokens", name, nullable=False)
        op.create_foreign_key(
            op.f(f"fk_refresh_tokens_{name}_{target}"),
            "refresh_tokens",
            target,
            [name],
            ["id"],
            ondelete="CASCADE",
        )
    for name in ("family_id", "user_id", "workspace_id"):
        op.create_index(op.f(f"ix_refresh_tokens_{name}"), "refresh_tokens", [name], unique=False)


def create_mail_links() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "mail_links",
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column(
            "details",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('register', 'reset', 'change_mail')", name=op.f("ck_mail_links_purpose")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mail_links_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mail_links_token_hash")),
    )
    op.create_index(op.f("ix_mail_links_user_id"), "mail_links", ["user_id"], unique=False)
    op.create_index(op.f("ix_mail_links_expires_at"), "mail_links", ["expires_at"], unique=False)


def create_access_tokens() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "access_tokens",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("hint", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.String()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_access_tokens_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_access_tokens_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_tokens_token_hash")),
    )
    op.create_index(op.f("ix_access_tokens_user_id"), "access_tokens", ["user_id"], unique=False)
    op.create_index(
        op.f("ix_access_tokens_workspace_id"), "access_tokens", ["workspace_id"], unique=False
    )


def create_recovery_codes() -> None:
    """Make the table."""
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_recovery_codes_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
