"""Prove once more who one is, before something that a stolen session must not do."""

from domain.accounts import repository
from domain.accounts.models import User
from domain.accounts.rules import storable_password
from domain.accounts.sessions import Authority
from domain.shared.actor import Actor
from domain.shared.errors import Invalid, Unauthenticated
from domain.shared.unit_of_work import UnitsOfWork


async def prove_password(
    units: UnitsOfWork, authority: Authority, actor: Actor, password: str
) -> User:
    """The actor's account, if the password is right; no connection waits while it is hashed.

    Raises:
        Invalid: It is wrong.
        TooMany: Too many were wrong.
        Unauthenticated: The account was deleted a moment ago.
    """
    # By session: who fails elsewhere keeps nobody from defending an open session.
    begun = await authority.attempts.throttle("otp", f"session {actor.session_id}")
    async with units.database.session(actor.workspace_id, actor.user_id) as session:
        user = await repository.find_user(session, actor.user_id)
    if user is None:
        raise Unauthenticated("This account does not exist any more.")
    if not await authority.passwords.verify(user.password_hash, storable_password(password)):
        raise Invalid("The password is wrong.", field=("password",))
    await authority.attempts.withdraw(begun)
    return user
