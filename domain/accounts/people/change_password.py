"""Choose another password, knowing the one that holds."""

from dataclasses import dataclass, field

from domain.accounts.credentials import repository as credentials
from domain.accounts.events import MailOwed
from domain.accounts.links import repository as links
from domain.accounts.people import repository as people
from domain.accounts.people.choose_password import check_chosen_password, words_about
from domain.accounts.people.prove import lock_proven, prove_password
from domain.accounts.permissions import SECURE
from domain.accounts.sessions import Authority
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry, personal
from domain.shared.checks import Checks
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The password that holds, and the one to be."""

    password: str = field(repr=False)
    new_password: str = field(repr=False)


async def change_password(
    units: UnitsOfWork, authority: Authority, actor: Actor, command: ChangePassword
) -> None:
    """Change the actor's password; all other sessions and all access tokens end.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The password is wrong, or the new one is no good.
        TooMany: Too many wrong ones.
        Unauthenticated: The account was changed in between.
    """
    actor.require(SECURE)
    user = await prove_password(units, authority, actor, command.password)
    checks = Checks()
    about = words_about(user.email, user.display_name)
    await check_chosen_password(checks, authority, command.new_password, about, ("new_password",))
    checks.settle()
    password_hash = await authority.passwords.hash(command.new_password)
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        now = authority.clock.now()
        locked = await lock_proven(uow.session, user)
        locked.password_hash, locked.password_changed_at = password_hash, now
        await credentials.end_sessions(uow.session, actor.user_id, now, but=actor.session_id)
        await people.revoke_access_tokens(uow.session, actor.user_id, now)
        await links.use_up_links(uow.session, actor.user_id, now)
        uow.audit(personal(Entry("account.change_password", actor, Entity.of(locked))))
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "password_changed", locked.email))
