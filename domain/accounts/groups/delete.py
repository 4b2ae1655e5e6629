"""Delete a custom group; its members lose what it held."""

from dataclasses import dataclass
from uuid import UUID

from domain.accounts.groups import repository
from domain.accounts.groups.create import EDIT, describe
from domain.accounts.groups.rules import require_custom, require_may_give
from domain.accounts.members.turns import require_manager, take_turn
from domain.accounts.models import Group
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.shared.versions import require_version


@dataclass(frozen=True, slots=True)
class DeleteGroup:
    """Which group; without `expected_version` whatever it has become."""

    group_id: UUID
    expected_version: int | None = None


async def delete_group(uow: UnitOfWork, actor: Actor, command: DeleteGroup) -> Group:
    """Delete the group.

    Raises:
        Forbidden: The actor may not edit groups, or the group holds what he lacks.
        NotFound: There is no such group.
        Conflict: It is a preset group, was changed meanwhile, or nobody would be left to manage.
    """
    actor.require(EDIT)
    session, workspace_id = uow.session, actor.workspace_id
    present = await take_turn(session, actor, EDIT)
    group = await repository.lock_group(session, workspace_id, command.group_id)
    if group is None:
        raise NotFound("The group", field=("id",))
    require_custom(group)
    require_version("The group", group.version, command.expected_version)
    held = await repository.read_permissions(session, workspace_id, [group.id])
    require_may_give(present, held[group.id])
    await repository.bury_group(session, group)
    await require_manager(session, workspace_id, ("id",))
    before = describe(group.name, held[group.id])
    uow.audit(Entry("group.delete", actor, Entity.of(group), before=before))
    return group
