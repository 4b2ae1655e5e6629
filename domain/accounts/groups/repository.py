"""The SQL of groups and of what they hold."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from domain.accounts.models import Group, GroupPermission, UserGroup
from domain.shared.database import Session


async def read_groups(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, Group]:
    """Groups by id."""
    statement = _living(workspace_id).where(Group.id.in_(ids))
    return {group.id: group for group in await session.scalars(statement)}


async def list_groups(session: Session, workspace_id: UUID) -> Sequence[Group]:
    """All groups of the workspace, preset ones first, then by name."""
    statement = _living(workspace_id).order_by(Group.preset.is_(None), Group.name, Group.id)
    return (await session.scalars(statement)).all()


async def count_groups(session: Session, workspace_id: UUID) -> int:
    """How many groups the workspace has."""
    living = _living(workspace_id).subquery()
    return await session.scalar(select(func.count()).select_from(living)) or 0


async def lock_group(session: Session, workspace_id: UUID, group_id: UUID) -> Group | None:
    """A group, kept from changing until the transaction ends."""
    statement = _living(workspace_id).where(Group.id == group_id)
    return await session.scalar(statement.with_for_update())


async def is_name_taken(
    session: Session, workspace_id: UUID, name: str, but: UUID | None = None
) -> bool:
    """Whether another living group of the workspace is called so."""
    statement = _living(workspace_id).where(Group.name == name)
    if but is not None:
        statement = statement.where(Group.id != but)
    return (await session.scalar(statement)) is not None


async def read_permissions(
    session: Session, workspace_id: UUID, group_ids: Collection[UUID]
) -> Mapping[UUID, frozenset[str]]:
    """What each group holds."""
    rows = await session.execute(
        select(GroupPermission.group_id, GroupPermission.permission).where(
            GroupPermission.workspace_id == workspace_id,
            GroupPermission.group_id.in_(group_ids),
        )
    )
    found: dict[UUID, set[str]] = {one: set() for one in group_ids}
    for group_id, permission in rows:
        found[group_id].add(permission)
    return {one: frozenset(names) for one, names in found.items()}


async def read_groups_of(
    session: Session, workspace_id: UUID, user_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[Group]]:
    """The groups that each person is in, by name."""
    rows = await session.execute(
        select(UserGroup.user_id, Group)
        .join(Group, Group.id == UserGroup.group_id)
        .where(
            UserGroup.workspace_id == workspace_id,
            UserGroup.user_id.in_(user_ids),
            Group.workspace_id == workspace_id,
            Group.deleted_at.is_(None),
        )
        .order_by(Group.name, Group.id)
    )
    found: dict[UUID, list[Group]] = {one: [] for one in user_ids}
    for user_id, group in rows:
        found[user_id].append(group)
    return found


async def count_members(
    session: Session, workspace_id: UUID, group_ids: Collection[UUID]
) -> Mapping[UUID, int]:
    """How many people are in each group."""
    rows = await session.execute(
        select(UserGroup.group_id, func.count())
        .where(UserGroup.workspace_id == workspace_id, UserGroup.group_id.in_(group_ids))
        .group_by(UserGroup.group_id)
    )
    return dict.fromkeys(group_ids, 0) | {row[0]: row[1] for row in rows}


async def store_group(session: Session, group: Group, permissions: Collection[str]) -> None:
    """Write a group, new or changed, and exactly what it holds."""
    session.add(group)
    await session.flush()
    await session.execute(
        delete(GroupPermission).where(
            GroupPermission.group_id == group.id,
            GroupPermission.workspace_id == group.workspace_id,
            GroupPermission.permission.not_in(permissions),
        )
    )
    rows = [
        {"group_id": group.id, "permission": name, "workspace_id": group.workspace_id}
        for name in sorted(permissions)
    ]
    if rows:
        await session.execute(insert(GroupPermission).on_conflict_do_nothing(), rows)


async def bury_group(session: Session, group: Group) -> None:
    """Mark a group as deleted, and let everybody out of it."""
    group.deleted_at = await session.scalar(select(func.now()))
    group.version += 1
    await session.flush()
    await session.execute(
        delete(UserGroup).where(
            UserGroup.group_id == group.id, UserGroup.workspace_id == group.workspace_id
        )
    )


def _living(workspace_id: UUID) -> Select[Group]:
    return select(Group).where(Group.workspace_id == workspace_id, Group.deleted_at.is_(None))
