"""Remove somebody from a workspace; what he did there stays."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.groups.rules import require_may_give
from domain.accounts.members import repository
from domain.accounts.members.assign import EDIT, find_member
from domain.accounts.members.repository import Member
from domain.accounts.members.turns import require_manager, take_turn
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.clock import Clock
from domain.shared.database import Session, visiting
from domain.shared.errors import Conflict
from domain.shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Whom."""

    user_id: UUID


async def remove_member(
    uow: UnitOfWork, actor: Actor, clock: Clock, command: RemoveMember
) -> Member:
    """Remove a member; his sessions and access tokens of this workspace end with it.

    Raises:
        Forbidden: The actor may not, or the member holds what the actor lacks.
        NotFound: There is no such member.
        Conflict: It is the owner or the actor himself, or nobody would be left to manage.
    """
    actor.require(EDIT)
    session, workspace_id = uow.session, actor.workspace_id
    present = await take_turn(session, actor, EDIT)
    member = await find_member(session, workspace_id, command.user_id)
    if member.is_owner:
        raise Conflict("The owner cannot be removed.", field=("id",))
    if member.user_id == actor.user_id:
        raise Conflict("To go yourself, leave the workspace.", field=("id",))
    held = await accounts.find_members_permissions(session, member.user_id, workspace_id)
    require_may_give(present, held or frozenset())
    await end_membership(session, workspace_id, member.user_id, clock.now())
    await require_manager(session, workspace_id, ("id",))
    entity = Entity("Member", member.user_id, member.display_name)
    uow.audit(Entry("member.remove", actor, entity, before={"email": member.email}))
    return member


async def end_membership(
    session: Session, workspace_id: UUID, user_id: UUID, now: datetime
) -> None:
    """Take a person out of a workspace, with every proof that lets him in."""
    await repository.remove_membership(session, workspace_id, user_id)
    async with visiting(session, workspace_id):  # nobody sees the sessions of somebody else
        await repository.end_sessions_in(session, user_id, workspace_id, now)
        await repository.revoke_access_tokens_in(session, user_id, workspace_id, now)
