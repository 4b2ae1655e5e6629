"""Make a workspace of one's own."""

from dataclasses import dataclass
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.models import Workspace
from domain.accounts.people import repository as people
from domain.accounts.permissions import SECURE
from domain.accounts.workspaces import repository
from domain.accounts.workspaces.found import found_own_workspace
from domain.shared.actor import Actor
from domain.shared.audit import Entity, Entry
from domain.shared.checks import Checks
from domain.shared.database import Session, enter_workspace
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork

MAX_OWNED = 20
"""Enough for anybody, and no way to fill the installation."""


@dataclass(frozen=True, slots=True)
class CreateWorkspace:
    """What it is called."""

    name: str


async def create_workspace(uow: UnitOfWork, actor: Actor, command: CreateWorkspace) -> Workspace:
    """Make a workspace; the actor owns and administers it, and stays where he is.

    Raises:
        Forbidden: The actor is nobody who is signed in.
        Invalid: The name is wrong.
        Conflict: The actor owns too many.
    """
    actor.require(SECURE)
    checks = Checks()
    name = checks.name(command.name, ("name",))
    checks.settle()
    await enter_workspace(uow.session, None, actor.user_id)
    await people.lock_user(uow.session, actor.user_id)
    if await repository.count_owned(uow.session, actor.user_id) >= MAX_OWNED:
        raise Conflict(f"A person owns at most {MAX_OWNED} workspaces.")
    workspace_id = await found_own_workspace(uow, actor.user_id, name)
    workspace = await read_workspace(uow.session, workspace_id)
    after = {"name": name, "slug": workspace.slug}
    uow.audit(Entry("workspace.create", actor, Entity.of(workspace), None, after, workspace_id))
    return workspace


async def read_workspace(session: Session, workspace_id: UUID) -> Workspace:
    """The workspace in which the transaction is."""
    found = await accounts.read_workspaces(session, workspace_id, [workspace_id])
    if workspace_id not in found:
        raise NotFound("The workspace", field=("id",))
    return found[workspace_id]
