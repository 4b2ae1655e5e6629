"""What clients send about accounts, and how it becomes commands."""

import strawberry

from domain.accounts.workspaces.update import UpdateWorkspace
from graph.support.targets import identify, to_change


@strawberry.input(description="What is not mentioned, or null, stays as it is.")
class UpdateWorkspaceInput:
    """A change of the workspace."""

    id: strawberry.ID = strawberry.field(description="Of a workspace.")
    expected_version: int = strawberry.field(
        description="The version that was read; a newer one is a CONFLICT."
    )
    name: str | None = strawberry.UNSET
    allowed_hosts: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Replaces the whole list: host, host:port, *.domain, address or network.",
    )

    def to_command(self) -> UpdateWorkspace:
        """As the domain takes it."""
        return UpdateWorkspace(
            workspace_id=identify(self.id, "Workspace"),
            expected_version=self.expected_version,
            name=to_change(self.name),
            allowed_hosts=to_change(self.allowed_hosts),
        )
