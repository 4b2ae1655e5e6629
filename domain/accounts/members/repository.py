"""The SQL of belonging to a workspace."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.accounts.models import (
    AccessToken,
    Group,
    GroupPermission,
    User,
    UserGroup,
    UserSession,
    Workspace,
    WorkspaceMember,
)
from domain.shared.batches import Parameter, among, one_per
from domain.shared.database import Session
from domain.shared.listing import Listing

MANAGES = "member.edit"


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the others of a workspace see him."""

    user_id: UUID
    email: str
    display_name: str
    joined_at: datetime
    is_owner: bool


class MemberOrder(StrEnum):
    """Members are listed by when they joined."""

    JOINED = "joined"


async def count_members(session: Session, workspace_id: UUID) -> int:
    """How many people belong here."""
    counted = _memberships(workspace_id).subquery()
    return await session.scalar(select(func.count()).select_from(counted)) or 0


@one_per(WorkspaceMember.user_id)
def read_people(workspace: Parameter, user_ids: Parameter) -> Select[Member]:
    """People who belong here, as `Member` has them, by their id."""
    return _people(workspace).where(among(WorkspaceMember.user_id, user_ids))


async def read_members(
    session: Session, workspace_id: UUID, user_ids: Collection[UUID]
) -> Mapping[UUID, Member]:
    """People who belong here, by their id."""
    found = await read_people.read(session, workspace_id, user_ids)
    names = [one.name for one in fields(Member)]
    return {key: Member(*(getattr(row, name) for name in names)) for key, row in found.items()}


async def is_address_of_member(session: Session, workspace_id: UUID, email: str) -> bool:
    """Whether somebody with this address belongs here."""
    statement = _memberships(workspace_id).where(User.email == email)
    return (await session.scalar(statement)) is not None


async def add_membership(session: Session, workspace_id: UUID, user_id: UUID) -> None:
    """Make a person a member; one who is stays one."""
    values = {"workspace_id": workspace_id, "user_id": user_id}
    await session.execute(insert(WorkspaceMember).values(values).on_conflict_do_nothing())


async def add_to_groups(
    session: Session, workspace_id: UUID, user_id: UUID, group_ids: Collection[UUID]
) -> None:
    """Put a person into groups; into those where he is, nothing changes."""
    rows = [
        {"user_id": user_id, "group_id": one, "workspace_id": workspace_id} for one in group_ids
    ]
    if rows:
        await session.execute(insert(UserGroup).on_conflict_do_nothing(), rows)


async def take_from_groups(
    session: Session, workspace_id: UUID, user_id: UUID, group_ids: Collection[UUID]
) -> None:
    """Take a person out of groups."""
    await session.execute(
        delete(UserGroup).where(
            UserGroup.workspace_id == workspace_id,
            UserGroup.user_id == user_id,
            UserGroup.group_id.in_(group_ids),
        )
    )


async def remove_membership(session: Session, workspace_id: UUID, user_id: UUID) -> None:
    """Take a person out of the workspace and of every group in it."""
    await session.execute(
        delete(UserGroup).where(
            UserGroup.workspace_id == workspace_id, UserGroup.user_id == user_id
        )
    )
    await session.execute(
        delete(WorkspaceMember).where(
            WorkspaceMember.workspace_id == workspace_id, WorkspaceMember.user_id == user_id
        )
    )


async def end_sessions_in(
    session: Session, user_id: UUID, workspace_id: UUID, now: datetime
) -> None:
    """End the sessions of a person that work in this workspace at the moment."""
    await session.execute(
        update(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.workspace_id == workspace_id,
            UserSession.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


async def revoke_access_tokens_in(
    session: Session, user_id: UUID, workspace_id: UUID, now: datetime
) -> None:
    """Revoke the access tokens of a person for this workspace."""
    await session.execute(
        update(AccessToken)
        .where(
            AccessToken.user_id == user_id,
            AccessToken.workspace_id == workspace_id,
            AccessToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


async def has_manager(session: Session, workspace_id: UUID) -> bool:
    """Whether somebody who can act holds `member.edit`, whatever else he holds or lacks."""
    return bool(
        await session.scalar(
            select(
                exists().where(
                    UserGroup.workspace_id == workspace_id,
                    *_active(workspace_id),
                    Group.id == UserGroup.group_id,
                    Group.workspace_id == workspace_id,
                    Group.deleted_at.is_(None),
                    GroupPermission.group_id == Group.id,
                    GroupPermission.permission == MANAGES,
                )
            )
        )
    )


def _active(workspace_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        WorkspaceMember.workspace_id == workspace_id,
        WorkspaceMember.user_id == UserGroup.user_id,
        User.id == UserGroup.user_id,
        User.deleted_at.is_(None),
        User.disabled_at.is_(None),
    )


def _memberships(workspace_id: UUID | Parameter) -> Select[WorkspaceMember]:
    return (
        select(WorkspaceMember)
        .join(User, User.id == WorkspaceMember.user_id)
        .where(WorkspaceMember.workspace_id == workspace_id, User.deleted_at.is_(None))
    )


def _people(workspace: Parameter) -> Select[Member]:
    """Columns of `Member`, and those that members are sorted by."""
    people = (
        _memberships(workspace)
        .join(Workspace, Workspace.id == WorkspaceMember.workspace_id)
        .with_only_columns(
            WorkspaceMember.user_id,
            User.email,
            User.display_name,
            WorkspaceMember.created_at.label("joined_at"),
            func.coalesce(Workspace.owner_id == User.id, False).label("is_owner"),
            WorkspaceMember.created_at,
        )
    )
    return cast("Select[Member]", people)


MEMBERS = Listing(
    _people,
    orders={MemberOrder.JOINED: (WorkspaceMember.created_at, WorkspaceMember.user_id)},
)
