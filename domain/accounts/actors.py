"""Who acts: the person behind a token, or the one an operator names on the command line."""

from datetime import datetime
from uuid import UUID

from domain.accounts import repository
from domain.accounts.access_tokens import repository as access_tokens
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.permissions import EVERYBODY, SCRIPTS
from domain.accounts.rules import normalise_email
from domain.shared.actor import Actor, Via, Via
from domain.shared.database import Session, enter_workspace

NO_SESSION = UUID(int=0)
"""Session of an actor on the command line, who signed in to the machine instead."""


async def load_actor(
    session: Session, user_id: UUID, workspace_id: UUID, session_id: UUID
) -> Actor | None:
    """The actor with today's permissions, or None when person, membership or session ended.

    Args:
        session: Opened for this workspace.
    """
    granted = await repository.find_granted(session, user_id, workspace_id, session_id)
    if granted is None:
        return None
    held = granted.permissions | EVERYBODY
    return Actor(user_id, workspace_id, session_id, held, granted.name)


async def load_script(
    session: Session, token: str, now: datetime
) -> tuple[Actor, datetime] | None:
    """The actor behind a personal access token, and when the token ends.

    It may do what is among the token's scopes and its owner may do today. None when the token,
    its owner, the membership or the workspace has ended.
    """
    use = await access_tokens.find_living_token(session, hash_token(token), now)
    if use is None:
        return None
    await enter_workspace(session, use.workspace_id, use.user_id)
    granted = await repository.find_members_permissions(session, use.user_id, use.workspace_id)
    if granted is None:
        return None
    may = (granted & use.scopes) | SCRIPTS
    actor = Actor(use.user_id, use.workspace_id, use.id, may, via=Via.ACCESS_TOKEN)
    return actor, use.expires_at


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
