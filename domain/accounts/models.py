"""Workspaces, people, groups, permissions and refresh tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.shared.database import Base, SoftDeleteMixin, TimestampMixin, UuidPkMixin


class Workspace(UuidPkMixin, TimestampMixin, Base):
    """The tenant. `allowed_hosts` are what its browser tests may reach: host, host:port, *.host."""

    __tablename__ = "workspaces"
    __table_args__ = (UniqueConstraint("slug"),)

    name: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(80))
    allowed_hosts: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))


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
    """A named set of permissions in one workspace."""

    __tablename__ = "groups"
    __table_args__ = (
        Index(
            "uq_groups_workspace_id_name",
            "workspace_id",
            "name",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_groups_active", "workspace_id", postgresql_where=text("deleted_at IS NULL")),
    )

    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))


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


class RefreshToken(UuidPkMixin, Base):
    """One link in the chain of a session; `family_id` is the session.

    Only the SHA-256 of the token is stored. A used token that comes again revokes its family.
    """

    __tablename__ = "refresh_tokens"
    __table_args__ = (UniqueConstraint("token_hash"),)

    family_id: Mapped[UUID] = mapped_column(index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
