"""Terms of use: who accepted which version, and when."""

from datetime import datetime
from uuid import UUID

from domain.accounts.models import User
from domain.accounts.people import repository as people
from domain.accounts.permissions import SECURE
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry, personal
from domain.shared.clock import Clock
from domain.shared.errors import Invalid, Unauthenticated
from domain.shared.unit_of_work import UnitOfWork


async def accept_terms(
    uow: UnitOfWork, actor: Actor, clock: Clock, *, current: str, accepted: str
) -> User:
    """Record that the actor accepts the terms of this version.

    Args:
        current: The version that holds.
        accepted: The version that was shown.

    Raises:
        Forbidden: The actor is a script.
        Invalid: It is not the version that holds.
    """
    actor.require(SECURE)
    if accepted != current or not current:
        told = f"The terms of version {current} hold." if current else "There are no terms."
        raise Invalid(told, field=("version",))
    await accept_terms_of(uow, actor.user_id, accepted, clock.now())
    user = await people.lock_user(uow.session, actor.user_id)
    if user is None:
        raise Unauthenticated("This account does not exist any more.")
    after = {"version": accepted}
    uow.audit(personal(Entry("account.accept_terms", actor, Entity.of(user), after=after)))
    return user


async def accept_terms_of(
    uow: UnitOfWork, user_id: UUID, version: object, moment: datetime
) -> None:
    """Write down which version somebody accepted; nothing where there were no terms."""
    if isinstance(version, str) and version:
        await people.record_terms(uow.session, user_id, version, moment)
