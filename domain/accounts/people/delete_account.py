"""Delete one's own account: history keeps what was done, and forgets by whom."""

from dataclasses import dataclass, field

from domain.accounts.events import MailOwed
from domain.accounts.people import repository as people
from domain.accounts.people.prove import prove_password
from domain.accounts.people.terms import SECURE
from domain.accounts.sessions import Authority
from domain.accounts.workspaces.delete import delete_owned
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.database import enter_workspace
from domain.shared.errors import Conflict, Unauthenticated
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """The password that proves who wants it."""

    password: str = field(repr=False)


async def delete_account(
    units: UnitsOfWork, authority: Authority, actor: Actor, command: DeleteAccount
) -> None:
    """End the account with all its sessions and tokens; workspaces of nobody else end with it.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The password is wrong.
        Conflict: The actor owns a workspace that others belong to.
        TooMany: Too many wrong passwords.
    """
    actor.require(SECURE)
    user = await prove_password(units, authority, actor, command.password)
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        locked = await people.lock_user(uow.session, actor.user_id)
        if locked is None or locked.password_hash != user.password_hash:
            raise Unauthenticated("The account was changed at the same moment. Try again.")
        now = authority.clock.now()
        await enter_workspace(uow.session, None, actor.user_id)
        owned = await people.read_owned_workspaces(uow.session, actor.user_id)
        shared = [one.name for one in owned if one.members > 1]
        if shared:
            told = ", ".join(shared[:3])
            raise Conflict(f"Others belong to {told}: transfer it first, or delete it.")
        for membership in await people.list_memberships(uow.session, actor.user_id):
            await enter_workspace(uow.session, membership, actor.user_id)
            if membership in {one.id for one in owned}:
                await delete_owned(uow, membership, now)
            await people.leave_workspace(uow.session, actor.user_id, membership)
        await people.forget_proofs(uow.session, actor.user_id)
        await people.anonymise(uow.session, actor.user_id, now)
        person = Entity("User", user.id, user.display_name)
        uow.audit(Entry("account.delete", actor, person, workspace_id=SYSTEM_WORKSPACE))
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "account_deleted", user.email))
