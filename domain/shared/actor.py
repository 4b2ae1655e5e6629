"""Who asks: a person in one workspace with the permissions held there."""

from dataclasses import dataclass
from uuid import UUID

from domain.shared.errors import Forbidden


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in one workspace.

    `permissions` are names from `domain.accounts.permissions.PERMISSIONS`.
    """

    user_id: UUID
    workspace_id: UUID
    session_id: UUID
    permissions: frozenset[str]

    def require(self, permission: str) -> None:
        """Raise `Forbidden` unless the actor holds `permission`."""
        if permission not in self.permissions:
            raise Forbidden(f"This needs the permission {permission}.")
