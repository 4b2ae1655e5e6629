"""Delete one's own account: history keeps what was done, and forgets by whom."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.accounts import repository as accounts
from domain.accounts.events import AccountDeleted, MailOwed
from domain.accounts.invitations.repository import forget_invitations
from domain.accounts.members import repository as members
from domain.accounts.members.turns import require_manager
from domain.accounts.models import User
from domain.accounts.people import repository as people
from domain.accounts.people.prove import lock_proven, prove_password
from domain.accounts.people.second_factor import require_second_factor
from domain.accounts.permissions import SECURE
from domain.accounts.repository import Credential
from domain.accounts.sessions import Authority
from domain.accounts.workspaces.delete import delete_owned
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry, personal
from domain.shared.database import enter_workspace
from domain.shared.errors import Conflict
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """What proves who wants it: the password, and a code where the second factor is on."""

    password: str = field(repr=False)
    code: str = field(default="", repr=False)


async def delete_account(
    units: UnitsOfWork, authority: Authority, actor: Actor, command: DeleteAccount
) -> None:
    """End the account with all its sessions and tokens; workspaces of nobody else end with it.

    Raises:
        Forbidden: The actor is a script.
        Invalid: The password is wrong.
        CodeNeeded: The second factor is on, and its code is missing or wrong.
        Conflict: The actor owns a workspace that others belong to.
        TooMany: Too many wrong passwords or codes.
        Unauthenticated: The account was changed in between.
    """
    actor.require(SECURE)
    user = await prove_password(units, authority, actor, command.password)
    await require_second_factor(units, authority, Credential.of(user), command.code)
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        locked = await lock_proven(uow.session, user)
        now, address = authority.clock.now(), locked.email
        await leave_everywhere(uow, actor, user, now)
        await people.forget_proofs(uow.session, actor.user_id, address)
        await forget_invitations(uow.session, now, address)
        await people.anonymise(uow.session, actor.user_id, now)
        uow.audit(personal(Entry("account.delete", actor, Entity.of(user))))
        uow.raise_event(AccountDeleted(SYSTEM_WORKSPACE, address))
        uow.raise_event(MailOwed(SYSTEM_WORKSPACE, "account_deleted", address))


async def leave_everywhere(uow: UnitOfWork, actor: Actor, user: User, now: datetime) -> None:
    """End every membership, and with it a workspace that nobody else belongs to; each log says so.

    Each workspace is locked first, so that nobody joins one that is about to end.

    Raises:
        Conflict: The person owns a workspace that others belong to, or nobody would be left who
            may manage the members of one.
    """
    session, user_id, shared = uow.session, user.id, list[str]()
    await enter_workspace(session, None, user_id)
    for workspace_id in await people.list_memberships(session, user_id):
        await enter_workspace(session, workspace_id, user_id)
        workspace = await accounts.lock_workspace(session, workspace_id)
        is_owner = workspace is not None and workspace.owner_id == user_id
        if workspace is not None and is_owner and workspace.deleted_at is None:
            if await members.count_members(session, workspace_id) > 1:
                shared.append(workspace.name)
            entity = Entity.of(workspace)
            uow.audit_there(Entry("workspace.delete", actor, entity, workspace_id=workspace_id))
            await delete_owned(uow, workspace_id, now)
        await members.remove_membership(session, workspace_id, user_id)
        person = Entity.of(user)
        uow.audit_there(Entry("account.delete", actor, person, workspace_id=workspace_id))
        if workspace is not None and not is_owner and workspace.deleted_at is None:
            await require_manager(session, workspace_id, ())
    if shared:
        told = ", ".join(shared[:3])
        raise Conflict(f"Others belong to {told}: transfer it first, or delete it.")
