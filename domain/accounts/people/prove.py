"""Prove once more who one is, before something that a stolen session must not do."""

from domain.accounts import repository
from domain.accounts.attempts import counting
from domain.accounts.models import User
from domain.accounts.people import repository as people
from domain.accounts.repository import Credential
from domain.accounts.rules import storable_password
from domain.accounts.sessions import Authority
from domain.shared.actor import Actor
from domain.shared.database import Session
from domain.shared.errors import Invalid, Unauthenticated
from domain.shared.unit_of_work import UnitsOfWork


async def prove_password(
    units: UnitsOfWork, authority: Authority, actor: Actor, password: str
) -> User:
    """The actor's account, if the password is right; no connection waits while it is hashed.

    Whoever acts on it takes it from `lock_proven` in the transaction in which he does.

    Raises:
        Invalid: It is wrong.
        TooMany: Too many were wrong.
        Unauthenticated: The account was deleted a moment ago.
        Unavailable: A store is away, or too many people enter passwords at this moment.
    """
    # By session: who fails elsewhere keeps nobody from defending an open session.
    key = f"session {actor.session_id}"
    async with counting(authority.attempts, "otp", key) as begun:
        async with units.database.session(actor.workspace_id, actor.user_id) as session:
            user = await repository.find_user(session, actor.user_id)
        if user is None:
            raise Unauthenticated("This account does not exist any more.")
        if not await authority.passwords.verify(user.password_hash, storable_password(password)):
            raise Invalid("The password is wrong.", field=("password",))
        await authority.attempts.withdraw(begun)
    return user


async def lock_proven(session: Session, user: User) -> User:
    """The account that `prove_password` found, as it is now, and kept from changing.

    Raises:
        Unauthenticated: Its password or second factor was changed, or it ended, in between.
    """
    locked = await lock_as_found(session, Credential.of(user))
    if locked is None:
        raise Unauthenticated("The account was changed at the same moment. Try again.")
    return locked


async def lock_as_found(session: Session, found: Credential) -> User | None:
    """The account, kept from changing; None unless what was proven still proves who somebody is."""
    user = await people.lock_user(session, found.user_id)
    if user is None or user.disabled_at is not None:
        return None
    return user if Credential.of(user) == found else None
