"""The SQL of workspaces as a whole, and of sessions that go from one to the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from domain.accounts.models import RefreshToken, UserSession, Workspace, WorkspaceMember
from domain.shared.database import Session


@dataclass(frozen=True, slots=True)
class Belonging:
    """A workspace as one of its members sees it from outside."""

    workspace: Workspace
    joined_at: datetime


async def list_belongings(
    session: Session, user_id: UUID, deleted_after: datetime
) -> Sequence[Belonging]:
    """The workspaces of a person, and those he owned and may still restore; the oldest first.

    The session has to be the person's own: row-level security shows nobody else's.
    """
    rows = await session.execute(
        select(Workspace, WorkspaceMember.created_at)
        .join(WorkspaceMember, WorkspaceMember.workspace_id == Workspace.id)
        .where(
            WorkspaceMember.user_id == user_id,
            Workspace.deleted_at.is_(None)
            | ((Workspace.owner_id == user_id) & (Workspace.deleted_at > deleted_after)),
        )
        .order_by(WorkspaceMember.created_at, Workspace.id)
    )
    return [Belonging(workspace, joined_at) for workspace, joined_at in rows]


async def count_owned(session: Session, user_id: UUID) -> int:
    """How many workspaces a person owns, deleted ones that are not purged included."""
    owned = select(func.count()).select_from(Workspace).where(Workspace.owner_id == user_id)
    return await session.scalar(owned) or 0


async def set_deleted(session: Session, workspace: Workspace, moment: datetime | None) -> None:
    """Delete a workspace for the time being, or restore it."""
    workspace.deleted_at = moment
    workspace.version += 1
    await session.flush()


async def list_deleted_before(session: Session, moment: datetime) -> Sequence[UUID]:
    """Workspaces of the whole installation that were deleted before this moment."""
    asked = func.workspaces_deleted_before(moment, type_=ARRAY(Uuid()))
    return await session.scalar(select(asked)) or []


async def remove_workspace(session: Session, workspace_id: UUID) -> None:
    """Delete a workspace and everything that belongs to it, for good."""
    await session.execute(delete(Workspace).where(Workspace.id == workspace_id))


async def spend_refresh_tokens(session: Session, session_id: UUID, now: datetime) -> None:
    """Mark every link of a session used, so that only the next one continues it."""
    await session.execute(
        update(RefreshToken)
        .where(RefreshToken.session_id == session_id, RefreshToken.used_at.is_(None))
        .values(used_at=now)
    )


async def find_open_session(
    session: Session, session_id: UUID, user_id: UUID
) -> UserSession | None:
    """The session of this person, if it goes on."""
    return await session.scalar(
        select(UserSession).where(
            UserSession.id == session_id,
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
        )
    )
