"""Make a custom group."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.accounts.groups import repository
from domain.accounts.groups.rules import (
    MAX_GROUPS,
    NAME_LENGTH,
    check_permissions,
    require_may_give,
)
from domain.accounts.members.turns import take_turn
from domain.accounts.models import Group
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.checks import Checks
from domain.shared.errors import Conflict
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork

EDIT = "group.edit"


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """What it is called and what its members may do."""

    name: str
    permissions: Sequence[str]


async def create_group(uow: UnitOfWork, actor: Actor, command: CreateGroup) -> Group:
    """Make a group that holds nothing the actor does not hold himself.

    Raises:
        Forbidden: The actor may not edit groups, or lacks a permission of the new one.
        Invalid: The name or a permission is wrong.
        Conflict: There is a group of this name, or there are too many.
    """
    actor.require(EDIT)
    session, workspace_id = uow.session, actor.workspace_id
    checks = Checks()
    name = checks.name(command.name, ("name",), longest=NAME_LENGTH)
    permissions = check_permissions(checks, command.permissions, ("permissions",))
    checks.settle()
    present = await take_turn(session, actor, EDIT)
    require_may_give(present, permissions)
    if await repository.is_name_taken(session, workspace_id, name):
        raise Conflict("There is a group of this name.", field=("name",))
    if await repository.count_groups(session, workspace_id) >= MAX_GROUPS:
        raise Conflict(f"A workspace has at most {MAX_GROUPS} groups.")
    group = Group(id=new_id(), workspace_id=workspace_id, name=name)
    await repository.store_group(session, group, permissions)
    uow.audit(Entry("group.create", actor, Entity.of(group), after=describe(name, permissions)))
    return group


def describe(name: str, permissions: frozenset[str]) -> dict[str, object]:
    """A group as the audit log tells it."""
    return {"name": name, "permissions": sorted(permissions)}
