"""Sign out: the session ends with all its tokens, wherever they are."""

from domain.accounts.credentials import repository
from domain.shared.actor import Actor, Via
from domain.shared.audit import Entity, Entry
from domain.shared.clock import Clock
from domain.shared.errors import Forbidden
from domain.shared.unit_of_work import UnitOfWork


async def logout(uow: UnitOfWork, actor: Actor, clock: Clock) -> None:
    """End the actor's session; doing so again changes nothing.

    Raises:
        Forbidden: The actor is nobody who is signed in, or a script, which has no session.
    """
    actor.require("account.self")
    if actor.via is not Via.SESSION:
        raise Forbidden("An access token has no session to end; revoke it instead.")
    await repository.lock_session(uow.session, actor.session_id)
    if await repository.end_session(uow.session, actor.session_id, clock.now()):
        uow.audit(Entry("session.end", actor, Entity("Session", actor.session_id)))
