"""Change a custom group."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.accounts.groups import repository
from domain.accounts.groups.create import EDIT, describe
from domain.accounts.groups.rules import (
    NAME_LENGTH,
    check_permissions,
    require_custom,
    require_may_give,
)
from domain.accounts.members.turns import require_manager, take_turn
from domain.accounts.models import Group
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.changes import UNCHANGED, Unchanged, apply_change
from domain.shared.checks import Checks
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.shared.versions import require_version


@dataclass(frozen=True, slots=True)
class UpdateGroup:
    """What to change, and which version of the group the change was made for."""

    group_id: UUID
    expected_version: int
    name: str | Unchanged = UNCHANGED
    permissions: Sequence[str] | Unchanged = UNCHANGED


async def update_group(uow: UnitOfWork, actor: Actor, command: UpdateGroup) -> Group:
    """Change name or permissions; its members may do other things from their next operation on.

    Raises:
        Forbidden: The actor may not edit groups, or would give or take what he lacks.
        NotFound: There is no such group.
        Invalid: The name or a permission is wrong.
        Conflict: It is a preset group, was changed meanwhile, or its new name is taken; or nobody
            would be left to manage the members.
    """
    actor.require(EDIT)
    session, workspace_id = uow.session, actor.workspace_id
    present = await take_turn(session, actor, EDIT)
    group = await repository.lock_group(session, workspace_id, command.group_id)
    if group is None:
        raise NotFound("The group", field=("id",))
    require_custom(group)
    require_version("The group", group.version, command.expected_version)
    held = (await repository.read_permissions(session, workspace_id, [group.id]))[group.id]
    checks = Checks()
    name = checks.name(apply_change(command.name, group.name), ("name",), longest=NAME_LENGTH)
    wanted = apply_change(command.permissions, sorted(held))
    permissions = check_permissions(checks, wanted, ("permissions",))
    checks.settle()
    require_may_give(present, permissions ^ held)
    if await repository.is_name_taken(session, workspace_id, name, but=group.id):
        raise Conflict("There is a group of this name.", field=("name",))
    before = describe(group.name, held)
    group.name = name
    group.version += 1
    await repository.store_group(session, group, permissions)
    await require_manager(session, workspace_id, ("permissions",))
    after = describe(name, permissions)
    uow.audit(Entry("group.update", actor, Entity.of(group), before, after))
    return group
