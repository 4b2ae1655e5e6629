"""End sessions of one's own: one of them, or all."""

from uuid import UUID

from domain.accounts.credentials import repository
from domain.accounts.models import UserSession
from domain.accounts.people import repository as people
from domain.accounts.permissions import SECURE
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry, personal
from domain.shared.clock import Clock
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork


async def end_session(uow: UnitOfWork, actor: Actor, clock: Clock, session_id: UUID) -> UserSession:
    """End one of the actor's sessions; doing so again changes nothing.

    Raises:
        Forbidden: The actor is a script.
        NotFound: The actor has no such session.
    """
    actor.require(SECURE)
    await repository.lock_session(uow.session, session_id)
    found = await repository.find_session(uow.session, session_id, actor.user_id)
    if found is None:
        raise NotFound("The session", field=("id",))
    await repository.end_session(uow.session, session_id, clock.now())
    entity, whose = Entity("Session", session_id, found.device), found.workspace_id
    uow.audit_there(Entry("session.end", actor, entity, workspace_id=whose))
    return found


async def end_all_sessions(uow: UnitOfWork, actor: Actor, clock: Clock, *, keep_this: bool) -> int:
    """End the actor's sessions everywhere, and his access tokens; return how many sessions.

    Args:
        keep_this: Whether the session that asks goes on.

    Raises:
        Forbidden: The actor is a script.
    """
    actor.require(SECURE)
    but = actor.session_id if keep_this else None
    ended = await repository.end_sessions(uow.session, actor.user_id, clock.now(), but=but)
    await people.revoke_access_tokens(uow.session, actor.user_id, clock.now())
    uow.audit(personal(Entry("session.end_all", actor, after={"ended": ended})))
    return ended
