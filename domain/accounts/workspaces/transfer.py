"""Hand a workspace on to another owner."""

from dataclasses import dataclass
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.members.assign import find_member
from domain.accounts.members.turns import take_turn
from domain.accounts.models import Workspace
from domain.accounts.workspaces.create import read_workspace
from domain.shared.actor import Actor
from domain.shared.audit import changed, snapshot
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork

OWN = "workspace.own"


@dataclass(frozen=True, slots=True)
class TransferWorkspace:
    """Which workspace, and to whom."""

    workspace_id: UUID
    user_id: UUID


async def transfer_workspace(
    uow: UnitOfWork, actor: Actor, command: TransferWorkspace
) -> Workspace:
    """Make another member the owner; the groups of both stay as they are.

    Raises:
        Forbidden: The actor is not the owner.
        NotFound: It is not the actor's workspace, or there is no such member who can act.
    """
    actor.require(OWN)
    if command.workspace_id != actor.workspace_id:
        raise NotFound("The workspace", field=("id",))
    await take_turn(uow.session, actor, OWN)
    await find_member(uow.session, actor.workspace_id, command.user_id)
    if not await accounts.is_active_member(uow.session, command.user_id, actor.workspace_id):
        raise NotFound("The member", field=("member_id",))
    workspace = await read_workspace(uow.session, actor.workspace_id)
    before = snapshot(workspace)
    workspace.owner_id = command.user_id
    workspace.version += 1
    uow.audit(changed("workspace.transfer", actor, workspace, before))
    return workspace
