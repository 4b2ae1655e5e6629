"""Workspaces, people, groups, permissions, sessions and what else proves who somebody is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.database import Base, JsonObject, SoftDeleteMixin, TimestampMixin, UuidPkMixin


class Workspace(UuidPkMixin, TimestampMixin, Base):
    """The tenant. `allowed_hosts` are what its browser tests may reach: host, host:port, *.host.

    `element_layers` are the weights of the element cache's layers that differ from the product's.

    Once `deleted_at` is set nobody can act in it; its owner may restore it until it is purged.
    """

    __tablename__ = "workspaces"
    __table_args__ = (UniqueConstraint("slug"),)

    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(80))
    allowed_hosts: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    element_layers: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    owner_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    deleted_at: Mapped[datetime | None]


class User(UuidPkMixin, TimestampMixin, SoftDeleteMixin, Base):
    """A person. The mail address is stored in lower case and unique among the living."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email", "email", unique=True, postgresql_where=text("deleted_at IS NULL")),
        Index("ix_users_active", "created_at", postgresql_where=text("deleted_at IS NULL")),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    email: Mapped[str] = mapped_column(String(320))
    display_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str]
    disabled_at: Mapped[datetime | None]
    password_changed_at: Mapped[datetime | None]
    terms_version: Mapped[str | None] = mapped_column(String(40))
    terms_accepted_at: Mapped[datetime | None]
    totp_secret: Mapped[str | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None] = mapped_column(BigInteger)


class WorkspaceMember(TimestampMixin, Base):
    """A person belongs to a workspace."""

    __tablename__ = "workspace_members"

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Group(UuidPkMixin, TimestampMixin, SoftDeleteMixin, Base):
    """A named set of permissions in one workspace; `preset` names those that cannot be changed."""

    __tablename__ = "groups"
    __table_args__ = (
        Index(
            "uq_groups_workspace_id_name",
            "workspace_id",
            "name",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index(
            "uq_groups_workspace_id_preset",
            "workspace_id",
            "preset",
            unique=True,
            postgresql_where=text("deleted_at IS NULL AND preset IS NOT NULL"),
        ),
        Index("ix_groups_active", "workspace_id", postgresql_where=text("deleted_at IS NULL")),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    preset: Mapped[str | None] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(server_default=text("1"))


class Permission(Base):
    """A permission known to the code, so that groups can only hold what exists."""

    __tablename__ = "permissions"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    meaning: Mapped[str]


class GroupPermission(Base):
    """A group holds a permission."""

    __tablename__ = "group_permissions"

    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True
    )
    permission: Mapped[str] = mapped_column(
        ForeignKey("permissions.name", ondelete="CASCADE"), primary_key=True, index=True
    )
    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )


class UserGroup(Base):
    """A person is in a group."""

    __tablename__ = "user_groups"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )


class Invitation(UuidPkMixin, Base):
    """Somebody with this address may join, once; the token in the mail is not stored, only a hash."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index(
            "uq_invitations_open",
            "workspace_id",
            "email",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
        Index("ix_invitations_listed", "workspace_id", "created_at", "id"),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(320))
    token_hash: Mapped[bytes]
    invited_by: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    sends: Mapped[int] = mapped_column(server_default=text("1"))


class InvitationGroup(Base):
    """A group that an invitation leads into."""

    __tablename__ = "invitation_groups"

    invitation_id: Mapped[UUID] = mapped_column(
        ForeignKey("invitations.id", ondelete="CASCADE"), primary_key=True
    )
    group_id: Mapped[UUID] = mapped_column(
        ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )


class UserSession(UuidPkMixin, Base):
    """A sign-in on one device; `workspace_id` is where it works at the moment.

    `in_cookie` says that its refresh tokens may go nowhere else.
    """

    __tablename__ = "sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )
    device: Mapped[str] = mapped_column(String(300), server_default=text("''"))
    address: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    in_cookie: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RefreshToken(UuidPkMixin, Base):
    """One link in the chain of a session.

    Only the SHA-256 of the token is stored. A used token that comes again ends its session, but not
    while requests with it overlap: `overtaken_at` says that some did.
    """

    __tablename__ = "refresh_tokens"
    __table_args__ = (UniqueConstraint("token_hash"),)

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("sessions.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    overtaken_at: Mapped[datetime | None]


class MailLink(UuidPkMixin, Base):
    """A link that was sent to `email` and works once; its token is not stored, only a hash."""

    __tablename__ = "mail_links"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("purpose IN ('register', 'reset', 'change_mail')", name="purpose"),
    )

    purpose: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str] = mapped_column(String(320))
    details: Mapped[JsonObject] = mapped_column(server_default=text("'{}'"))
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class AccessToken(UuidPkMixin, Base):
    """A personal access token, for scripts: at most its `scopes`, in one workspace."""

    __tablename__ = "access_tokens"
    __table_args__ = (UniqueConstraint("token_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(String(200))
    hint: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[bytes]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of the codes that stand in for a lost second factor, each once."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]
