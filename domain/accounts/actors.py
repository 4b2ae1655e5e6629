"""From the claims of a token to an actor: asked once for every operation."""

from uuid import UUID

from domain.accounts import repository
from domain.accounts.permissions import EVERYBODY
from domain.shared.actor import Actor
from domain.shared.database import Session


async def load_actor(
    session: Session, user_id: UUID, workspace_id: UUID, session_id: UUID
) -> Actor | None:
    """The actor with today's permissions, or None when person, membership or session ended.

    Args:
        session: Opened for this workspace.
    """
    granted = await repository.find_permissions(session, user_id, workspace_id, session_id)
    if granted is None:
        return None
    return Actor(user_id, workspace_id, session_id, granted | EVERYBODY)
