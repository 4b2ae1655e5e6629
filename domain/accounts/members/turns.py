"""Changes of people and groups take turns, so that each is judged by what holds at that moment."""

from dataclasses import replace
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.members import repository
from domain.accounts.permissions import EVERYBODY
from domain.shared.actor import Actor
from domain.shared.database import Session
from domain.shared.errors import Conflict, Forbidden


async def take_turn(session: Session, actor: Actor, permission: str) -> Actor:
    """Wait for others who change people or groups of the workspace, then look at the actor anew.

    Two administrators may remove each other at the same moment: whoever comes second is no member
    any more.

    Returns:
        The actor with what he may do now.

    Raises:
        Forbidden: He may not do this any more.
    """
    workspace = await accounts.lock_workspace(session, actor.workspace_id)
    granted = await accounts.find_members_permissions(session, actor.user_id, actor.workspace_id)
    if workspace is None or granted is None:
        raise Forbidden(f"This needs the permission {permission}.")
    present = replace(actor, permissions=actor.permissions & (granted | EVERYBODY))
    present.require(permission)
    return present


async def require_manager(session: Session, workspace_id: UUID, field: tuple[str, ...]) -> None:
    """Raise `Conflict` when nobody is left who holds `member.edit`."""
    if not await repository.has_manager(session, workspace_id):
        raise Conflict(
            "Nobody would be left who may manage the members of the workspace.", field=field
        )
