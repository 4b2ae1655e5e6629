"""Go on with a session in another workspace."""

from dataclasses import dataclass
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.credentials import repository as credentials
from domain.accounts.permissions import SECURE
from domain.accounts.sessions import Authority, SignedIn, extend_session
from domain.accounts.workspaces import repository
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.database import enter_workspace
from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.ids import SYSTEM_WORKSPACE
from domain.shared.origin import NOWHERE, Origin
from domain.shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SwitchWorkspace:
    """Where to."""

    workspace_id: UUID
    origin: Origin = NOWHERE
    in_cookie: bool = False


async def switch_workspace(
    uow: UnitOfWork, actor: Actor, authority: Authority, command: SwitchWorkspace
) -> SignedIn:
    """Move the actor's session to another of his workspaces, with new tokens.

    Its refresh tokens are spent. Access tokens for the workspace before stay good until they
    expire, as long as the actor belongs there.

    Raises:
        Forbidden: The actor is nobody who is signed in.
        NotFound: It is none of his workspaces.
        Conflict: He did not come with a session, but with an access token for scripts.
        Invalid: The refresh token would go elsewhere than at sign-in.
    """
    actor.require(SECURE)
    session, target = uow.session, command.workspace_id
    await enter_workspace(session, target, actor.user_id)
    belongs = await accounts.is_active_member(session, actor.user_id, target)
    if target == SYSTEM_WORKSPACE or not belongs:
        raise NotFound("The workspace", field=("id",))
    await credentials.lock_session(session, actor.session_id)
    current = await repository.find_open_session(session, actor.session_id, actor.user_id)
    if current is None:
        raise Conflict("Only a session can be switched; this access token is for one workspace.")
    if current.in_cookie != command.in_cookie:
        place = "in a cookie" if current.in_cookie else "by the client"
        told = f"This session's refresh token is kept {place}, and goes nowhere else."
        raise Invalid(told, field=("refresh_token_in",))
    now = authority.clock.now()
    entity = Entity("Workspace", target)
    uow.audit(Entry("session.switch", actor, entity, workspace_id=target))
    await repository.spend_refresh_tokens(session, actor.session_id, now)
    return await extend_session(
        session,
        authority,
        command.origin,
        user_id=actor.user_id,
        workspace_id=target,
        session_id=actor.session_id,
    )
