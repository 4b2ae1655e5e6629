"""Changing custom groups."""

import strawberry

from domain.accounts.groups import repository
from domain.accounts.groups.create import EDIT, create_group
from domain.accounts.groups.delete import delete_group
from domain.accounts.groups.update import update_group
from graph.accounts.groups.inputs import CreateGroupInput, DeleteGroupInput, UpdateGroupInput
from graph.accounts.groups.types import Group
from graph.support.context import Info
from graph.support.errors import UserError, attempt
from graph.support.fields import mutation
from graph.support.targets import read_if_stale


@strawberry.type
class CreateGroupPayload:
    """The new group."""

    group: Group | None
    user_errors: list[UserError]


@strawberry.type
class UpdateGroupPayload:
    """The group as it is now, also after a CONFLICT."""

    group: Group | None
    user_errors: list[UserError]


@strawberry.type
class DeleteGroupPayload:
    """The group as it was, or as it is after a CONFLICT."""

    group: Group | None
    user_errors: list[UserError]


@strawberry.type
class GroupMutations:
    """Root fields."""

    @mutation(EDIT, "Make a custom group.")
    async def create_group(
        self,
        info: Info,
        input: CreateGroupInput,  # noqa: A002 - the argument's name
    ) -> CreateGroupPayload:
        """Make it."""
        command = input.to_command()
        made = await attempt(info, lambda uow, actor: create_group(uow, actor, command))
        group = None if made.value is None else Group.from_row(made.value)
        return CreateGroupPayload(group=group, user_errors=made.user_errors)

    @mutation(EDIT, "Change a custom group; its members feel it with their next operation.")
    async def update_group(
        self,
        info: Info,
        input: UpdateGroupInput,  # noqa: A002 - the argument's name
    ) -> UpdateGroupPayload:
        """Change it."""
        command = input.to_command()
        changed = await attempt(info, lambda uow, actor: update_group(uow, actor, command))
        row = await read_if_stale(info, changed, repository.read_groups, command.group_id)
        group = None if row is None else Group.from_row(row)
        return UpdateGroupPayload(group=group, user_errors=changed.user_errors)

    @mutation(EDIT, "Delete a custom group; its members lose what it held.")
    async def delete_group(
        self,
        info: Info,
        input: DeleteGroupInput,  # noqa: A002 - the argument's name
    ) -> DeleteGroupPayload:
        """Delete it."""
        command = input.to_command()
        deleted = await attempt(info, lambda uow, actor: delete_group(uow, actor, command))
        row = await read_if_stale(info, deleted, repository.read_groups, command.group_id)
        group = None if row is None else Group.from_row(row)
        return DeleteGroupPayload(group=group, user_errors=deleted.user_errors)
