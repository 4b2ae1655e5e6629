"""Put a member into groups, and take him out of others."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.accounts.groups import repository as groups
from domain.accounts.groups.rules import require_may_give
from domain.accounts.members import repository
from domain.accounts.members.repository import Member
from domain.accounts.members.turns import require_manager, take_turn
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.database import Session
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork

EDIT = "member.edit"


@dataclass(frozen=True, slots=True)
class SetMemberGroups:
    """All groups the member is to be in; he leaves those that are not named."""

    user_id: UUID
    group_ids: Sequence[UUID]


async def set_member_groups(uow: UnitOfWork, actor: Actor, command: SetMemberGroups) -> Member:
    """Change which groups a member is in.

    Raises:
        Forbidden: The actor may not, or a group that would change holds what he lacks.
        NotFound: There is no such member or group.
        Conflict: Nobody would be left to manage the members.
    """
    actor.require(EDIT)
    session, workspace_id = uow.session, actor.workspace_id
    present = await take_turn(session, actor, EDIT)
    member = await find_member(session, workspace_id, command.user_id)
    wanted = set(command.group_ids)
    names = await require_groups(session, workspace_id, command.group_ids)
    mine = await groups.read_groups_of(session, workspace_id, [member.user_id])
    held = {group.id: group.name for group in mine[member.user_id]}
    held_by = await groups.read_permissions(session, workspace_id, wanted ^ held.keys())
    require_may_give(present, frozenset[str]().union(*held_by.values()))
    await repository.take_from_groups(session, workspace_id, member.user_id, held.keys() - wanted)
    await repository.add_to_groups(session, workspace_id, member.user_id, wanted - held.keys())
    await require_manager(session, workspace_id, ("group_ids",))
    uow.audit(
        Entry(
            "member.set_groups",
            actor,
            Entity("Member", member.user_id, member.display_name),
            {"groups": sorted(held.values())},
            {"groups": sorted(names.values())},
        )
    )
    return member


async def find_member(session: Session, workspace_id: UUID, user_id: UUID) -> Member:
    """The member, or `NotFound`."""
    member = (await repository.read_members(session, workspace_id, [user_id])).get(user_id)
    if member is None:
        raise NotFound("The member", field=("id",))
    return member


async def require_groups(
    session: Session, workspace_id: UUID, group_ids: Sequence[UUID]
) -> dict[UUID, str]:
    """Return what the groups are called; `NotFound` for the first that is none of the workspace."""
    found = await groups.read_groups(session, workspace_id, group_ids)
    for position, one in enumerate(group_ids):
        if one not in found:
            raise NotFound("The group", field=("group_ids", str(position)))
    return {one: group.name for one, group in found.items()}
