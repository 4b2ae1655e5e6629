"""Who acts: the person behind a token, or the one an operator names on the command line."""

import functools
from uuid import UUID

from domain.accounts import repository
from domain.accounts.permissions import EVERYBODY
from domain.accounts.rules import normalise_email
from domain.shared.actor import Actor, Via
from domain.shared.database import Session, enter_workspace
from domain.shared.reads import Reader

MOST_SHARED = 1_000
NO_SESSION = UUID(int=0)
"""Session of an actor on the command line, who signed in to the machine instead."""


async def load_actor(
    where: Session | Reader, user_id: UUID, workspace_id: UUID, session_id: UUID
) -> Actor | None:
    """The actor with today's permissions, or None when person, membership or session ended.

    Args:
        where: Opened for this workspace.
    """
    granted = await repository.find_granted(where, user_id, workspace_id, session_id)
    if granted is None:
        return None
    held = share(granted.permissions | EVERYBODY)
    return Actor(user_id, workspace_id, session_id, held, granted.name)


@functools.lru_cache(MOST_SHARED)
def share(permissions: frozenset[str]) -> frozenset[str]:
    """The same set for all who hold the same: thousands of sockets keep it."""
    return permissions


async def load_operator(session: Session, email: str | None) -> Actor | None:
    """The actor a command works as, in the workspace the person has belonged to for longest.

    Without an address, the only person of the installation. The session enters the workspace.
    """
    user_id = await find_user_id(session, email)
    if user_id is None:
        return None
    await enter_workspace(session, None, user_id)
    workspace_id = await repository.find_first_workspace(session, user_id)
    if workspace_id is None:
        return None
    await enter_workspace(session, workspace_id, user_id)
    granted = await repository.find_members_granted(session, user_id, workspace_id)
    if granted is None:
        return None
    return Actor(
        user_id,
        workspace_id,
        NO_SESSION,
        granted.permissions,
        granted.name,
        Via.COMMAND_LINE,
    )


async def find_user_id(session: Session, email: str | None) -> UUID | None:
    """Who has the address, or the only person there is."""
    if email is None:
        return await repository.find_only_user(session)
    credential = await repository.find_credential(session, normalise_email(email))
    return None if credential is None else credential.user_id
