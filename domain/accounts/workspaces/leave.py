"""Leave a workspace."""

from dataclasses import dataclass
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.members.remove import end_membership
from domain.accounts.members.turns import require_manager
from domain.accounts.permissions import SECURE
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.clock import Clock
from domain.shared.database import enter_workspace
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class LeaveWorkspace:
    """Which of one's workspaces."""

    workspace_id: UUID


async def leave_workspace(
    uow: UnitOfWork, actor: Actor, clock: Clock, command: LeaveWorkspace
) -> None:
    """Stop belonging to a workspace; one's sessions there end.

    Raises:
        Forbidden: The actor is nobody who is signed in.
        NotFound: It is none of his workspaces.
        Conflict: He owns it, or nobody would be left to manage the members.
    """
    actor.require(SECURE)
    session, target = uow.session, command.workspace_id
    await enter_workspace(session, target, actor.user_id)
    # Asked before the lock: nobody holds up a workspace where he does not belong.
    belongs = await accounts.is_active_member(session, actor.user_id, target)
    workspace = await accounts.lock_workspace(session, target) if belongs else None
    if workspace is None or not await accounts.is_active_member(session, actor.user_id, target):
        raise NotFound("The workspace", field=("id",))
    if workspace.owner_id == actor.user_id:
        raise Conflict("Hand the workspace on before you leave it.", field=("id",))
    await end_membership(session, target, actor.user_id, clock.now())
    await require_manager(session, target, ("id",))
    entity = Entity("Member", actor.user_id, actor.name)
    uow.audit(Entry("workspace.leave", actor, entity, workspace_id=target))
