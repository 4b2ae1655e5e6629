"""Who asks: a person in one workspace with the permissions held there."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.shared.errors import Forbidden


class Via(StrEnum):
    """What somebody acts through."""

    SESSION = "session"
    ACCESS_TOKEN = "access_token"  # noqa: S105 - a name, not a token
    COMMAND_LINE = "command_line"
    SYSTEM = "system"
    REQUEST = "request"
    """A request of somebody who is not signed in, such as a sign-in that fails."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in one workspace.

    `permissions` are names from `domain.accounts.permissions.PERMISSIONS`; `name` is what the
    person is called today; `session_id` is that of the access token where one is used.
    """

    user_id: UUID
    workspace_id: UUID
    session_id: UUID
    permissions: frozenset[str]
    name: str = ""
    via: Via = Via.SESSION

    def require(self, permission: str) -> None:
        """Raise `Forbidden` unless the actor holds `permission`."""
        if permission not in self.permissions:
            raise Forbidden(f"This needs the permission {permission}.")
