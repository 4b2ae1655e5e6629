"""Delete a workspace, with thirty days to think better of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.events import WorkspaceDeleted
from domain.accounts.members.turns import take_turn
from domain.accounts.models import Workspace
from domain.accounts.permissions import SECURE
from domain.accounts.rules import vary_slug
from domain.accounts.workspaces import repository
from domain.accounts.workspaces.create import read_workspace
from domain.accounts.workspaces.transfer import OWN
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.clock import Clock
from domain.shared.database import enter_workspace
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork

GRACE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class DeleteWorkspace:
    """Which workspace."""

    workspace_id: UUID


@dataclass(frozen=True, slots=True)
class RestoreWorkspace:
    """Which workspace."""

    workspace_id: UUID


async def delete_workspace(
    uow: UnitOfWork, actor: Actor, clock: Clock, command: DeleteWorkspace
) -> Workspace:
    """Close a workspace at once for everybody; what runs there is canceled.

    Raises:
        Forbidden: The actor is not the owner.
        NotFound: It is not the actor's workspace.
    """
    actor.require(OWN)
    if command.workspace_id != actor.workspace_id:
        raise NotFound("The workspace", field=("id",))
    await take_turn(uow.session, actor, OWN)
    workspace = await read_workspace(uow.session, actor.workspace_id)
    await close_workspace(uow, workspace, clock.now())
    uow.audit(Entry("workspace.delete", actor, Entity.of(workspace)))
    return workspace


async def delete_owned(uow: UnitOfWork, workspace_id: UUID, now: datetime) -> None:
    """Delete a workspace because the account that owns it ends; the transaction is in it.

    Nobody can restore it. What it was called told who that was.
    """
    workspace = await accounts.lock_workspace(uow.session, workspace_id)
    if workspace is not None and workspace.deleted_at is None:
        workspace.name, workspace.slug = "Deleted workspace", vary_slug("deleted", workspace.id)
        await close_workspace(uow, workspace, now)


async def close_workspace(uow: UnitOfWork, workspace: Workspace, now: datetime) -> None:
    """Let nobody in any more, and have everything canceled that runs."""
    await repository.set_deleted(uow.session, workspace, now)
    uow.raise_event(WorkspaceDeleted(workspace.id))


async def restore_workspace(
    uow: UnitOfWork, actor: Actor, clock: Clock, command: RestoreWorkspace
) -> Workspace:
    """Open a workspace again that was deleted less than thirty days ago.

    The actor owns it, but cannot be in it now: he acts from wherever else he is signed in.

    Raises:
        Forbidden: The actor is nobody who is signed in.
        NotFound: He owns no such deleted workspace, or the time is over.
    """
    actor.require(SECURE)
    await enter_workspace(uow.session, command.workspace_id, actor.user_id)
    # Asked before the lock: nobody holds up a workspace that is not his.
    here = command.workspace_id
    seen = (await accounts.read_workspaces(uow.session, here, [here])).get(here)
    is_his = seen is not None and may_restore(seen, actor.user_id, clock.now())
    workspace = await accounts.lock_workspace(uow.session, here) if is_his else None
    if workspace is None or not may_restore(workspace, actor.user_id, clock.now()):
        raise NotFound("The workspace", field=("id",))
    await repository.set_deleted(uow.session, workspace, None)
    entity = Entity.of(workspace)
    uow.audit(Entry("workspace.restore", actor, entity, workspace_id=workspace.id))
    return workspace


def may_restore(workspace: Workspace, user_id: UUID, now: datetime) -> bool:
    """Whether this person can take the deletion back."""
    deleted_at = workspace.deleted_at
    return workspace.owner_id == user_id and deleted_at is not None and deleted_at > now - GRACE
