"""Change a workspace: its name, what its tests may reach, and how they weigh what they see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.accounts import repository
from domain.accounts.models import Workspace
from domain.accounts.rules import check_allowed_hosts, check_element_layers
from domain.shared.actor import Actor
from domain.shared.audit import changed, snapshot
from domain.shared.changes import UNCHANGED, Unchanged, apply_change
from domain.shared.checks import Checks
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.shared.versions import require_version


@dataclass(frozen=True, slots=True)
class UpdateWorkspace:
    """What to change, and which version of the workspace the change was made for.

    Attributes:
        element_layers: Weights of layers of the element cache; none: the product's own.
    """

    workspace_id: UUID
    expected_version: int
    name: str | Unchanged = UNCHANGED
    allowed_hosts: Sequence[str] | Unchanged = UNCHANGED
    element_layers: Mapping[str, float] | Unchanged = UNCHANGED


async def update_workspace(uow: UnitOfWork, actor: Actor, command: UpdateWorkspace) -> Workspace:
    """Change the workspace.

    Raises:
        Forbidden: The actor may not change workspaces.
        NotFound: It is not the actor's workspace.
        Conflict: Somebody changed it meanwhile.
        Invalid: A name, a host or a weight is wrong.
    """
    actor.require("workspace.edit")
    workspace = None
    if command.workspace_id == actor.workspace_id:
        workspace = await repository.lock_workspace(uow.session, command.workspace_id)
    if workspace is None:
        raise NotFound("The workspace", field=("id",))
    require_version("The workspace", workspace.version, command.expected_version)
    checks = Checks()
    name = apply_change(command.name, workspace.name)
    hosts = apply_change(command.allowed_hosts, workspace.allowed_hosts)
    before = snapshot(workspace)
    workspace.name = checks.name(name, ("name",))
    workspace.allowed_hosts = check_allowed_hosts(checks, list(hosts), ("allowed_hosts",))
    if command.element_layers is not UNCHANGED:
        workspace.element_layers = check_element_layers(
            checks, command.element_layers, ("element_layers",)
        )
    checks.settle()
    workspace.version += 1
    uow.audit(changed("workspace.update", actor, workspace, before))
    return workspace


async def allow_hosts(uow: UnitOfWork, actor: Actor, hosts: Sequence[str]) -> Workspace:
    """Add to what the tests of the actor's workspace may reach.

    Raises:
        Forbidden: The actor may not change workspaces.
        Invalid: A host is wrong.
    """
    actor.require("workspace.edit")
    workspace = await repository.lock_workspace(uow.session, actor.workspace_id)
    if workspace is None:
        raise NotFound("The workspace")
    checks = Checks()
    every = [*workspace.allowed_hosts, *hosts]
    allowed = check_allowed_hosts(checks, every, ("hosts",))
    checks.settle()
    if allowed != workspace.allowed_hosts:
        before = snapshot(workspace)
        workspace.allowed_hosts = allowed
        workspace.version += 1
        uow.audit(changed("workspace.allow_hosts", actor, workspace, before))
    return workspace
