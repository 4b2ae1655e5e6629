"""What clients send about groups, and how it becomes commands."""

import strawberry

from domain.accounts.groups.create import CreateGroup
from domain.accounts.groups.delete import DeleteGroup
from domain.accounts.groups.update import UpdateGroup
from graph.accounts.groups.types import GROUP
from graph.support.targets import identify, to_change

OF_A_GROUP = "Of a custom group."


@strawberry.input
class CreateGroupInput:
    """A group to be."""

    name: str
    permissions: list[str] = strawberry.field(description="None that the caller does not hold.")

    def to_command(self) -> CreateGroup:
        """As the domain takes it."""
        return CreateGroup(self.name, self.permissions)


@strawberry.input(description="What is not mentioned, or null, stays as it is.")
class UpdateGroupInput:
    """A change of a group."""

    id: strawberry.ID = strawberry.field(description=OF_A_GROUP)
    expected_version: int = strawberry.field(
        description="The version that was read; a newer one is a CONFLICT."
    )
    name: str | None = strawberry.UNSET
    permissions: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Replaces all that it holds."
    )

    def to_command(self) -> UpdateGroup:
        """As the domain takes it."""
        return UpdateGroup(
            group_id=identify(self.id, GROUP),
            expected_version=self.expected_version,
            name=to_change(self.name),
            permissions=to_change(self.permissions),
        )


@strawberry.input
class DeleteGroupInput:
    """Which group."""

    id: strawberry.ID = strawberry.field(description=OF_A_GROUP)
    expected_version: int | None = strawberry.field(
        default=None, description="Only if it is still at this version."
    )

    def to_command(self) -> DeleteGroup:
        """As the domain takes it."""
        return DeleteGroup(identify(self.id, GROUP), self.expected_version)
