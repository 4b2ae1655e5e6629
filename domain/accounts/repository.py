"""The SQL of accounts: who somebody is, what they may do, and whether their session stands."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Select,
    String,
    Uuid,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from domain.accounts.models import (
    Group,
    GroupPermission,
    User,
    UserGroup,
    UserSession,
    Workspace,
    WorkspaceMember,
)
from domain.accounts.permissions import OWNER
from domain.shared.batches import Parameter
from domain.shared.database import Session
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.reads import Query, Reader, Record, parameter


@dataclass(frozen=True, slots=True)
class Credential:
    """What signing in compares with."""

    user_id: UUID
    password_hash: str
    is_disabled: bool
    has_second_factor: bool
    password_changed_at: datetime | None

    @classmethod
    def of(cls, user: User) -> "Credential":
        """What signing in to this account compares with."""
        is_disabled, has_factor = user.disabled_at is not None, user.totp_confirmed_at is not None
        chosen_at = user.password_changed_at
        return cls(user.id, user.password_hash, is_disabled, has_factor, chosen_at)


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody may do in a workspace, and what he is called."""

    permissions: frozenset[str]
    name: str


async def find_credential(session: Session, email: str) -> Credential | None:
    """The living person with this normalised address."""
    living = select(User).where(User.email == email, User.deleted_at.is_(None))
    user = await session.scalar(living)
    return None if user is None else Credential.of(user)


async def find_only_user(session: Session) -> UUID | None:
    """The one living person of an installation that has no other."""
    living = select(User.id).where(User.deleted_at.is_(None)).limit(2)
    found = (await session.scalars(living)).all()
    return found[0] if len(found) == 1 else None


async def replace_password_hash(session: Session, user_id: UUID, old: str, new: str) -> None:
    """Store a new hash of the same password, unless the password was changed meanwhile."""
    await session.execute(
        update(User).where(User.id == user_id, User.password_hash == old).values(password_hash=new)
    )


async def find_first_workspace(session: Session, user_id: UUID) -> UUID | None:
    """The living workspace a person has belonged to for longest."""
    return await session.scalar(
        select(WorkspaceMember.workspace_id)
        .join(Workspace, Workspace.id == WorkspaceMember.workspace_id)
        .where(WorkspaceMember.user_id == user_id, Workspace.deleted_at.is_(None))
        .order_by(WorkspaceMember.created_at, WorkspaceMember.workspace_id)
        .limit(1)
    )


async def find_home(session: Session, user_id: UUID) -> UUID:
    """Where signing in leads: whoever belongs nowhere is in the installation's own workspace.

    No group is there, so such a person may do there what everybody may: make a workspace, restore
    one, or accept an invitation.
    """
    return await find_first_workspace(session, user_id) or SYSTEM_WORKSPACE


async def find_granted(
    where: Session | Reader, user_id: UUID, workspace_id: UUID, session_id: UUID
) -> Granted | None:
    """Who somebody is and may do what, or None unless person, membership, workspace and session stand.

    That is what their groups hold, and owning where they own the workspace. One statement: it is
    asked for every operation.
    """
    found = await SIGNED_IN.fetch(where, person=user_id, workspace=workspace_id, session=session_id)
    return _read_granted(found)


async def find_members_granted(
    where: Session | Reader, user_id: UUID, workspace_id: UUID
) -> Granted | None:
    """Who an active member is and may do what, signed in or not; None for anybody else."""
    return _read_granted(await MEMBERS.fetch(where, person=user_id, workspace=workspace_id))


async def find_members_permissions(
    session: Session, user_id: UUID, workspace_id: UUID
) -> frozenset[str] | None:
    """What an active member may do, signed in or not; None for anybody else."""
    granted = await find_members_granted(session, user_id, workspace_id)
    return None if granted is None else granted.permissions


async def is_active_member(session: Session, user_id: UUID, workspace_id: UUID) -> bool:
    """Whether a person is neither deleted nor disabled, and belongs to the living workspace.

    Everybody belongs to the installation's own, where nobody is in a group.
    """
    return (await session.scalar(_members(literal(user_id), literal(workspace_id)))) is not None


def _grants(
    user_id: Parameter, workspace_id: Parameter
) -> Select[UUID, list[str] | None, bool, str]:
    granted = (
        select(func.array_agg(GroupPermission.permission.distinct(), type_=ARRAY(String)))
        .join(UserGroup, UserGroup.group_id == GroupPermission.group_id)
        .join(Group, Group.id == GroupPermission.group_id)
        .where(
            UserGroup.user_id == user_id,
            UserGroup.workspace_id == workspace_id,
            GroupPermission.workspace_id == workspace_id,
            Group.deleted_at.is_(None),
        )
        .scalar_subquery()
    )
    owns = func.coalesce(Workspace.owner_id == user_id, false())
    return _members(user_id, workspace_id).add_columns(
        granted.label("granted"), owns.label("owns"), User.display_name.label("name")
    )


def _read_granted(found: Sequence[Record]) -> Granted | None:
    if not found:
        return None
    (row,) = found
    held = frozenset(row["granted"] or ())
    return Granted(held | (OWNER if row["owns"] else frozenset()), row["name"])


def _members(user_id: Parameter, workspace_id: Parameter) -> Select[UUID]:
    belongs = exists().where(
        WorkspaceMember.user_id == User.id, WorkspaceMember.workspace_id == workspace_id
    )
    return (
        select(User.id)
        .join(Workspace, Workspace.id == workspace_id)
        .where(
            User.id == user_id,
            User.deleted_at.is_(None),
            User.disabled_at.is_(None),
            Workspace.deleted_at.is_(None),
            or_(Workspace.id == SYSTEM_WORKSPACE, belongs),
        )
    )


_PERSON, _WORKSPACE = parameter("person", Uuid()), parameter("workspace", Uuid())
MEMBERS = Query(_grants(_PERSON, _WORKSPACE))
SIGNED_IN = Query(
    _grants(_PERSON, _WORKSPACE).where(
        exists().where(
            UserSession.id == parameter("session", Uuid()),
            UserSession.user_id == _PERSON,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > func.now(),
        )
    )
)


async def find_user(session: Session, user_id: UUID) -> User | None:
    """A living person."""
    return await session.scalar(select(User).where(User.id == user_id, User.deleted_at.is_(None)))


async def read_workspaces(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, Workspace]:
    """The workspace by its id, where it is among `ids`; no other is visible from here."""
    found = await session.scalars(
        select(Workspace).where(Workspace.id.in_(ids), Workspace.id == workspace_id)
    )
    return {workspace.id: workspace for workspace in found}


async def is_living_workspace(session: Session, workspace_id: UUID) -> bool:
    """Whether the workspace is there and was not deleted."""
    living = exists().where(Workspace.id == workspace_id, Workspace.deleted_at.is_(None))
    return bool(await session.scalar(select(living)))


async def lock_workspace(session: Session, workspace_id: UUID) -> Workspace | None:
    """The workspace, kept from changing until the transaction ends."""
    return await session.scalar(
        select(Workspace)
        .where(Workspace.id == workspace_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def add_user(session: Session, user: User) -> bool:
    """Store a person; False when a living one has the address."""
    added = (
        insert(User)
        .values(
            id=user.id,
            email=user.email,
            display_name=user.display_name,
            password_hash=user.password_hash,
            password_changed_at=user.password_changed_at,
        )
        .on_conflict_do_nothing()
        .returning(User.id)
    )
    return (await session.scalar(added)) is not None


async def add_workspace(session: Session, workspace: Workspace) -> bool:
    """Store a workspace; False when its slug is taken."""
    added = (
        insert(Workspace)
        .values(
            id=workspace.id,
            name=workspace.name,
            slug=workspace.slug,
            owner_id=workspace.owner_id,
        )
        .on_conflict_do_nothing()
        .returning(Workspace.id)
    )
    return (await session.scalar(added)) is not None


async def add_preset_groups(
    session: Session, workspace_id: UUID, groups: Mapping[str, frozenset[str]]
) -> Mapping[str, UUID]:
    """Make the groups every workspace has, with their permissions; returns their ids by name."""
    ids = {name: new_id() for name in groups}
    session.add_all(
        Group(id=ids[name], workspace_id=workspace_id, name=name, preset=name) for name in groups
    )
    await session.flush()
    session.add_all(
        GroupPermission(group_id=ids[name], permission=permission, workspace_id=workspace_id)
        for name, permissions in groups.items()
        for permission in sorted(permissions)
    )
    await session.flush()
    return ids


async def add_member(
    session: Session, user_id: UUID, workspace_id: UUID, group_ids: Iterable[UUID]
) -> None:
    """Make a person a member of a workspace and of groups there."""
    session.add(WorkspaceMember(workspace_id=workspace_id, user_id=user_id))
    session.add_all(
        UserGroup(user_id=user_id, group_id=group_id, workspace_id=workspace_id)
        for group_id in group_ids
    )
    await session.flush()
