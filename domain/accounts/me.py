"""Who am I: the person behind an actor."""

from domain.accounts import repository
from domain.accounts.models import User
from domain.shared.actor import Actor
from domain.shared.database import Session
from domain.shared.errors import Unauthenticated


async def read_me(session: Session, actor: Actor) -> User:
    """The actor's own account.

    Raises:
        Unauthenticated: The account was deleted a moment ago.
    """
    actor.require("account.self")
    user = await repository.find_user(session, actor.user_id)
    if user is None:
        raise Unauthenticated("This account does not exist any more.")
    return user
