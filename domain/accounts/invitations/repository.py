"""The SQL of invitations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import insert

from domain.accounts.models import Group, Invitation, InvitationGroup, User, Workspace
from domain.shared.batches import Parameter, among, one_per
from domain.shared.database import Session, enter_workspace
from domain.shared.listing import Listing


class InvitationOrder(StrEnum):
    """Invitations are listed by their age."""

    CREATED_AT = "created_at"


@dataclass(frozen=True, slots=True)
class Names:
    """What a mail about an invitation tells."""

    workspace: str
    inviter: str


async def find_workspace(session: Session, token_hash: bytes) -> UUID | None:
    """Which workspace the token with this hash leads to, whatever became of the invitation."""
    return await session.scalar(select(func.workspace_of_invitation(token_hash, type_=Uuid())))


async def is_open(session: Session, token_hash: bytes, now: datetime) -> bool:
    """Whether the invitation with this token can be accepted; the session enters its workspace."""
    workspace_id = await find_workspace(session, token_hash)
    if workspace_id is None:
        return False
    await enter_workspace(session, workspace_id)
    return await lock_by_token(session, workspace_id, token_hash, now) is not None


async def lock_by_token(
    session: Session, workspace_id: UUID, token_hash: bytes, now: datetime
) -> Invitation | None:
    """The open invitation with this token, kept from being accepted by anybody else meanwhile."""
    statement = (
        _open(workspace_id)
        .join(Workspace, Workspace.id == Invitation.workspace_id)
        .where(
            Invitation.token_hash == token_hash,
            Invitation.expires_at > now,
            Workspace.deleted_at.is_(None),
        )
    )
    return await session.scalar(statement.with_for_update(of=Invitation))


async def lock_invitation(
    session: Session, workspace_id: UUID, invitation_id: UUID
) -> Invitation | None:
    """An open invitation, kept from changing; it may have expired."""
    statement = _open(workspace_id).where(Invitation.id == invitation_id)
    locked = statement.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(locked)


async def find_open(session: Session, workspace_id: UUID, email: str) -> Invitation | None:
    """The open invitation of an address; it may have expired."""
    return await session.scalar(_open(workspace_id).where(Invitation.email == email))


async def count_open(session: Session, workspace_id: UUID) -> int:
    """How many invitations of a workspace wait for an answer."""
    counted = _open(workspace_id).subquery()
    return await session.scalar(select(func.count()).select_from(counted)) or 0


@one_per(Invitation.id)
def read_invitations(workspace: Parameter, ids: Parameter) -> Select[Invitation]:
    """Invitations by id, whatever became of them."""
    return select(Invitation).where(Invitation.workspace_id == workspace, among(Invitation.id, ids))


async def read_groups_of(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> Mapping[UUID, Sequence[Group]]:
    """The groups that each invitation leads into, by name; deleted ones are left out."""
    rows = await session.execute(
        select(InvitationGroup.invitation_id, Group)
        .join(Group, Group.id == InvitationGroup.group_id)
        .where(
            InvitationGroup.workspace_id == workspace_id,
            InvitationGroup.invitation_id.in_(ids),
            Group.workspace_id == workspace_id,
            Group.deleted_at.is_(None),
        )
        .order_by(Group.name, Group.id)
    )
    found: dict[UUID, list[Group]] = {one: [] for one in ids}
    for invitation_id, group in rows:
        found[invitation_id].append(group)
    return found


async def read_names(session: Session, workspace_id: UUID, user_id: UUID) -> Names:
    """What the workspace and a person are called."""
    row = (
        await session.execute(
            select(Workspace.name, User.display_name)
            .join(User, User.id == user_id)
            .where(Workspace.id == workspace_id)
        )
    ).one()
    return Names(*row)


async def read_address(session: Session, user_id: UUID) -> str | None:
    """The mail address of a living person."""
    return await session.scalar(
        select(User.email).where(User.id == user_id, User.deleted_at.is_(None))
    )


async def add_invitation(
    session: Session, invitation: Invitation, group_ids: Collection[UUID]
) -> None:
    """Store an invitation with its groups."""
    session.add(invitation)
    await session.flush()
    rows = [
        {
            "invitation_id": invitation.id,
            "group_id": one,
            "workspace_id": invitation.workspace_id,
        }
        for one in group_ids
    ]
    if rows:
        await session.execute(insert(InvitationGroup), rows)


async def forget_invitations(session: Session, before: datetime, email: str | None = None) -> int:
    """Delete invitations, of all workspaces, that were over by this moment; return how many.

    Args:
        email: Only those to this address.
    """
    address = cast(email, Text())
    return await session.scalar(select(func.forget_invitations(before, address))) or 0


def _open(workspace_id: UUID | Parameter) -> Select[Invitation]:
    return select(Invitation).where(
        Invitation.workspace_id == workspace_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )


async def take_back(session: Session, invitation: Invitation, now: datetime) -> None:
    """Close an invitation at once, so that another can take its place."""
    invitation.revoked_at = now
    await session.flush()


INVITATIONS = Listing(
    _open, orders={InvitationOrder.CREATED_AT: (Invitation.created_at, Invitation.id)}
)
