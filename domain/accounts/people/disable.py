"""Keep somebody out, and let him in again: for whoever runs the installation."""

from datetime import datetime

from domain.accounts import repository as accounts
from domain.accounts.credentials import repository as credentials
from domain.accounts.links import repository as links
from domain.accounts.models import User
from domain.accounts.people import repository as people
from domain.accounts.rules import normalise_email
from domain.shared.audit import COMMAND_LINE, Entity, Entry
from domain.shared.clock import Clock
from domain.shared.database import enter_workspace
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork


async def disable_account(uow: UnitOfWork, clock: Clock, email: str) -> int:
    """Let somebody in nowhere any more; returns how many sessions ended.

    Sessions, access tokens and open links of mails are gone for good, so that enabling the account
    brings none of them back. What he made, and what runs, stays.

    Raises:
        NotFound: Nobody has this address.
        Conflict: The account is disabled already.
    """
    user = await lock_person(uow, email)
    if user.disabled_at is not None:
        raise Conflict(f"{user.email} is disabled already.")
    user.disabled_at = clock.now()
    ended = await end_proofs(uow, user, user.disabled_at)
    await tell(uow, "account.disable", user)
    return ended


async def enable_account(uow: UnitOfWork, clock: Clock, email: str) -> None:
    """Let somebody sign in again, with the password and the second factor that he had.

    Raises:
        NotFound: Nobody has this address.
        Conflict: The account is not disabled.
    """
    user = await lock_person(uow, email)
    if user.disabled_at is None:
        raise Conflict(f"{user.email} is not disabled.")
    user.disabled_at = None
    await end_proofs(uow, user, clock.now())  # a sign-in may have passed the disabling by
    await tell(uow, "account.enable", user)


async def end_proofs(uow: UnitOfWork, user: User, now: datetime) -> int:
    """End everything that lets a person in without his password; returns how many sessions."""
    ended = await credentials.end_sessions(uow.session, user.id, now)
    await people.revoke_access_tokens(uow.session, user.id, now)
    await links.use_up_links(uow.session, user.id, now)
    return ended


async def lock_person(uow: UnitOfWork, email: str) -> User:
    """The living person with an address, as whom the session looks from now on."""
    credential = await accounts.find_credential(uow.session, normalise_email(email))
    user = None
    if credential is not None:
        await enter_workspace(uow.session, None, credential.user_id)
        user = await people.lock_user(uow.session, credential.user_id)
    if user is None:
        raise NotFound(f"A person with the address {email}")
    return user


async def tell(uow: UnitOfWork, action: str, user: User) -> None:
    """Tell the installation's log, and those of the workspaces where somebody comes or goes."""
    uow.audit(Entry(action, COMMAND_LINE, Entity.of(user)))
    for workspace_id in await people.list_memberships(uow.session, user.id):
        uow.audit_there(Entry(action, COMMAND_LINE, Entity.of(user), workspace_id=workspace_id))
