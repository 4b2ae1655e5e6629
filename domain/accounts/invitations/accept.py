"""Accept an invitation: once, by the one it was sent to, for what its sender may give."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.credentials.hashing import hash_token
from domain.accounts.groups import repository as groups
from domain.accounts.invitations import repository
from domain.accounts.invitations.invite import INVITE
from domain.accounts.members import repository as members
from domain.accounts.models import Invitation
from domain.accounts.permissions import EVERYBODY, SECURE
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.clock import Clock, SystemClock
from domain.shared.database import Session, enter_workspace
from domain.shared.errors import Conflict, Forbidden, NotFound
from domain.shared.unit_of_work import UnitOfWork

MAX_TOKEN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """The token of the mail's link."""

    token: str = field(repr=False)


async def accept_invitation(
    uow: UnitOfWork, actor: Actor, clock: Clock, command: AcceptInvitation
) -> UUID:
    """Join the workspace that the token leads to; return which it is.

    Raises:
        Forbidden: The actor is nobody who is signed in, or the invitation is another address's.
        NotFound: No open invitation has this token.
        Conflict: Its sender may not give any more what it promises.
    """
    actor.require(SECURE)
    invitation = None
    if len(command.token) <= MAX_TOKEN_CHARACTERS:
        found = hash_token(command.token)
        invitation = await find_invitation(uow.session, found, clock=clock)
    if invitation is None:
        raise NotFound("The invitation", field=("token",))
    if await repository.read_address(uow.session, actor.user_id) != invitation.email:
        raise Forbidden("This invitation was sent to another address.")
    await accept(uow, invitation, actor.user_id, clock=clock)
    entity, workspace_id = Entity.of(invitation), invitation.workspace_id
    uow.audit(Entry("invitation.accept", actor, entity, workspace_id=workspace_id))
    return workspace_id


async def find_invitation(
    session: Session, token_hash: bytes, *, clock: Clock | None = None
) -> Invitation | None:
    """The open invitation with this token, locked; None where it is unknown, used or over.

    The session is in the invitation's workspace afterwards.
    """
    workspace_id = await repository.find_workspace(session, token_hash)
    if workspace_id is None:
        return None
    await enter_workspace(session, workspace_id)
    await accounts.lock_workspace(session, workspace_id)  # before the row, as everybody does
    now = (clock or SystemClock()).now()
    return await repository.lock_by_token(session, workspace_id, token_hash, now)


async def accept(
    uow: UnitOfWork, invitation: Invitation, user_id: UUID, *, clock: Clock | None = None
) -> None:
    """Make a person a member, in the groups of an invitation that `find_invitation` found.

    The caller has made sure that the person has the invitation's address.

    Raises:
        Conflict: Its sender may not give any more what it promises.
    """
    session, workspace_id = uow.session, invitation.workspace_id
    found = await repository.read_groups_of(session, workspace_id, [invitation.id])
    group_ids = [group.id for group in found[invitation.id]]
    held = await groups.read_permissions(session, workspace_id, group_ids)
    given = frozenset({INVITE}).union(*held.values()) - EVERYBODY
    sender = await accounts.find_members_permissions(session, invitation.invited_by, workspace_id)
    if sender is None or not given <= sender:
        raise Conflict(
            "Whoever sent this invitation may not give what it promises any more. "
            "Ask for a new one.",
            field=("token",),
        )
    invitation.accepted_at = (clock or SystemClock()).now()
    await members.add_membership(session, workspace_id, user_id)
    await members.add_to_groups(session, workspace_id, user_id, group_ids)
