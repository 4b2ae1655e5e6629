"""Invite somebody by mail, send the mail again, or take the invitation back."""

import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from domain.accounts.attempts import Begun, Kind, counting
from domain.accounts.events import MailOwed
from domain.accounts.groups import repository as groups
from domain.accounts.groups.rules import require_may_give
from domain.accounts.invitations import repository
from domain.accounts.members import repository as members
from domain.accounts.members.assign import require_groups
from domain.accounts.members.turns import take_turn
from domain.accounts.models import Invitation
from domain.accounts.rules import check_email
from domain.accounts.sessions import Authority
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.checks import Checks
from domain.shared.clock import Clock
from domain.shared.database import Session
from domain.shared.errors import Conflict, Forbidden, NotFound, TooMany
from domain.shared.ids import SYSTEM_WORKSPACE, new_id
from domain.shared.unit_of_work import UnitOfWork

INVITE = "member.invite"
PURPOSE = "invitation"
LIFETIME = timedelta(days=7)
MAX_OPEN = 200
MAX_SENDS = 5
"""Whoever does not answer that many mails does not want to."""


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Whom, and into which groups."""

    email: str
    group_ids: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class ResendInvitation:
    """Which invitation."""

    invitation_id: UUID


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """Which invitation."""

    invitation_id: UUID


async def invite_member(
    uow: UnitOfWork, actor: Actor, authority: Authority, command: InviteMember
) -> Invitation:
    """Send an invitation that is good for seven days and works once.

    Raises:
        Forbidden: The actor may not invite, or a group holds what he lacks.
        Invalid: That is no mail address.
        NotFound: There is no such group.
        Conflict: The person belongs here or is invited already, or too many are.
        TooMany: The workspace or the actor sent too many today, or the address got too many.
    """
    actor.require(INVITE)
    session, workspace_id = uow.session, actor.workspace_id
    checks = Checks()
    email = check_email(checks, command.email, ("email",))
    checks.settle()
    async with counting_mails(authority, actor, [email]):
        present = await take_turn(session, actor, INVITE)
        names = await require_groups(session, workspace_id, command.group_ids)
        await require_may_give_groups(session, present, names)
        await make_room(session, authority.clock, workspace_id, email)
        now, invitation_id = authority.clock.now(), new_id()
        invitation = Invitation(
            id=invitation_id,
            workspace_id=workspace_id,
            email=email,
            token_hash=authority.links.hash_of(PURPOSE, invitation_id),
            invited_by=actor.user_id,
            created_at=now,
            expires_at=now + LIFETIME,
            sends=1,
        )
        await repository.add_invitation(session, invitation, names)
        await owe_mail(uow, invitation)
        after = {"email": email, "groups": sorted(names.values())}
        uow.audit(Entry("invitation.create", actor, Entity.of(invitation), after=after))
        return invitation


async def resend_invitation(
    uow: UnitOfWork, actor: Actor, authority: Authority, command: ResendInvitation
) -> Invitation:
    """Send the mail again; the invitation is good for another seven days.

    From now on the actor answers for it, as its sender.

    Raises:
        Forbidden: The actor may not invite, or a group holds what he lacks.
        NotFound: There is no such open invitation.
        Conflict: It was sent too often.
        TooMany: The workspace or the actor sent too many today, or the address got too many.
    """
    actor.require(INVITE)
    session, workspace_id = uow.session, actor.workspace_id
    known = await repository.read_invitations(session, workspace_id, [command.invitation_id])
    async with counting_mails(authority, actor, [one.email for one in known.values()]):
        present = await take_turn(session, actor, INVITE)
        invitation = await lock_open(session, workspace_id, command.invitation_id)
        found = await repository.read_groups_of(session, workspace_id, [invitation.id])
        await require_may_give_groups(session, present, [one.id for one in found[invitation.id]])
        if invitation.sends >= MAX_SENDS:
            raise Conflict(f"An invitation is sent at most {MAX_SENDS} times.", field=("id",))
        invitation.sends += 1
        invitation.invited_by = actor.user_id
        invitation.expires_at = authority.clock.now() + LIFETIME
        await owe_mail(uow, invitation)
        uow.audit(Entry("invitation.resend", actor, Entity.of(invitation)))
        return invitation


async def revoke_invitation(
    uow: UnitOfWork, actor: Actor, clock: Clock, command: RevokeInvitation
) -> Invitation:
    """Take an invitation back; its link is worth nothing from now on.

    Raises:
        Forbidden: The actor may not invite.
        NotFound: There is no such open invitation.
    """
    actor.require(INVITE)
    invitation = await lock_open(uow.session, actor.workspace_id, command.invitation_id)
    invitation.revoked_at = clock.now()
    uow.audit(Entry("invitation.revoke", actor, Entity.of(invitation)))
    return invitation


@contextlib.asynccontextmanager
async def counting_mails(
    authority: Authority, actor: Actor, emails: Collection[str]
) -> AsyncIterator[None]:
    """Count mails for whoever sends them, for the workspace, and for their addresses.

    What is refused is no mail: else failing would use up what others may send to an address.

    Raises:
        TooMany: There were too many for one of them.
    """
    begun: list[Begun] = []
    async with contextlib.AsyncExitStack() as counted:
        try:
            for email in emails:
                told: dict[Kind, str] = {
                    "invite_by": str(actor.user_id),
                    "invite": str(actor.workspace_id),
                    "invite_for": email,
                }
                for kind, key in told.items():
                    counting_one = counting(authority.attempts, kind, key)
                    begun.append(await counted.enter_async_context(counting_one))
            yield
        except (Conflict, Forbidden, NotFound, TooMany):
            for one in begun:
                await authority.attempts.withdraw(one)
            raise


async def require_may_give_groups(
    session: Session, actor: Actor, group_ids: Collection[UUID]
) -> None:
    """Raise `Forbidden` unless the actor holds everything the groups hold."""
    held = await groups.read_permissions(session, actor.workspace_id, group_ids)
    require_may_give(actor, frozenset[str]().union(*held.values()))


async def make_room(session: Session, clock: Clock, workspace_id: UUID, email: str) -> None:
    """Raise `Conflict` where an invitation is not needed; one that has expired makes way."""
    if await members.is_address_of_member(session, workspace_id, email):
        raise Conflict("Somebody with this address belongs here already.", field=("email",))
    before = await repository.find_open(session, workspace_id, email)
    if before is not None:
        if before.expires_at > clock.now():
            raise Conflict("This address is invited already; send it again.", field=("email",))
        await repository.take_back(session, before, clock.now())
    if await repository.count_open(session, workspace_id) >= MAX_OPEN:
        raise Conflict(f"At most {MAX_OPEN} invitations can be open.")


async def lock_open(session: Session, workspace_id: UUID, invitation_id: UUID) -> Invitation:
    """The open invitation, or `NotFound`."""
    invitation = await repository.lock_invitation(session, workspace_id, invitation_id)
    if invitation is None:
        raise NotFound("The invitation", field=("id",))
    return invitation


async def owe_mail(uow: UnitOfWork, invitation: Invitation) -> None:
    """Have the mail sent after the commit."""
    names = await repository.read_names(uow.session, invitation.workspace_id, invitation.invited_by)
    values = {"workspace": names.workspace, "inviter": names.inviter}
    uow.raise_event(
        MailOwed(SYSTEM_WORKSPACE, "invitation", invitation.email, invitation.id, values)
    )
