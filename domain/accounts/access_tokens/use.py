"""Act with a personal access token."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.accounts import repository as accounts
from domain.accounts.access_tokens import repository
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.permissions import SCRIPTS
from domain.shared.actor import Actor, Via
from domain.shared.database import enter_workspace
from domain.shared.unit_of_work import UnitsOfWork

NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a token was used last."""


@dataclass(frozen=True, slots=True)
class Script:
    """Who acts, and until when."""

    actor: Actor
    expires_at: datetime


async def use_access_token(units: UnitsOfWork, token: str, now: datetime) -> Script | None:
    """The actor behind a token, who may do what is in its scopes and its owner may do today.

    None when the token, its owner, the membership or the workspace has ended.
    """
    async with units.database.session() as session:
        use = await repository.find_living_token(session, hash_token(token), now)
        if use is None:
            return None
        await enter_workspace(session, use.workspace_id, use.user_id)
        granted = await accounts.find_members_granted(session, use.user_id, use.workspace_id)
    if granted is None:
        return None
    if use.last_used_at is None or use.last_used_at < now - NOTED_EVERY:
        async with units.begin(use.workspace_id, use.user_id) as uow:
            await repository.note_use(uow.session, use.id, now, NOTED_EVERY)
    may = (granted.permissions & use.scopes) | SCRIPTS
    actor = Actor(use.user_id, use.workspace_id, use.id, may, granted.name, via=Via.ACCESS_TOKEN)
    return Script(actor, use.expires_at)
