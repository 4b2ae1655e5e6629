"""Change what others see of one's account."""

from domain.accounts.models import User
from domain.accounts.people import repository as people
from domain.accounts.permissions import SECURE
from domain.shared.actor import Actor
from domain.shared.audit import changed, personal, snapshot
from domain.shared.checks import Checks
from domain.shared.errors import Unauthenticated
from domain.shared.unit_of_work import UnitOfWork


async def update_account(uow: UnitOfWork, actor: Actor, display_name: str) -> User:
    """Change the actor's name.

    Raises:
        Forbidden: The actor is a script.
        Invalid: It is no name.
    """
    actor.require(SECURE)
    checks = Checks()
    name = checks.name(display_name, ("display_name",))
    checks.settle()
    user = await people.lock_user(uow.session, actor.user_id)
    if user is None:
        raise Unauthenticated("This account does not exist any more.")
    before = snapshot(user)
    user.display_name = name
    uow.audit(personal(changed("account.update", actor, user, before)))
    return user
