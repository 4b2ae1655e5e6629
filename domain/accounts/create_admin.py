"""The first administrator: a workspace, its preset groups and somebody in charge of it."""

from dataclasses import dataclass, field
from uuid import UUID

from domain.accounts import repository
from domain.accounts.models import User, Workspace
from domain.accounts.passwords import Passwords
from domain.accounts.rules import check_email, check_new_password, derive_slug
from domain.accounts.workspaces.found import furnish_workspace
from domain.shared.audit import COMMAND_LINE, Entity, Entry
from domain.shared.checks import Checks
from domain.shared.database import enter_workspace
from domain.shared.errors import Conflict
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork


@dataclass(frozen=True, slots=True)
class CreateAdmin:
    """Who is to be in charge of which new workspace; its slug is made from its name."""

    email: str
    password: str = field(repr=False)
    display_name: str
    workspace_name: str


@dataclass(frozen=True, slots=True)
class Admin:
    """The person and the workspace; `created` is False where the person was there before."""

    user_id: UUID
    workspace_id: UUID | None
    created: bool


async def create_admin(units: UnitsOfWork, passwords: Passwords, command: CreateAdmin) -> Admin:
    """Make a person and a workspace; a person who exists is left as he is.

    Whoever can run this owns the installation, so there is no actor.

    Raises:
        Invalid: Something about the command is wrong; says everything that is.
        Conflict: There is another workspace with this name.
    """
    checked = check_command(command)
    password_hash = await passwords.hash(checked.password)
    user_id, workspace_id = new_id(), new_id()
    async with units.begin(workspace_id, user_id) as uow:
        user = User(
            id=user_id,
            email=checked.email,
            display_name=checked.display_name,
            password_hash=password_hash,
        )
        if not await repository.add_user(uow.session, user):
            return await find_existing(uow, checked.email)
        await found_workspace(uow, workspace_id, user_id, checked.workspace_name)
        entity = Entity("Workspace", workspace_id, checked.workspace_name)
        uow.audit(Entry("workspace.create", COMMAND_LINE, entity, workspace_id=workspace_id))
        uow.audit(Entry("account.create", COMMAND_LINE, Entity.of(user)))
    return Admin(user_id, workspace_id, created=True)


def check_command(command: CreateAdmin) -> CreateAdmin:
    """The command in the form that is stored."""
    checks = Checks()
    checked = CreateAdmin(
        email=check_email(checks, command.email, ("email",)),
        password=check_new_password(checks, command.password, ("password",)),
        display_name=checks.name(command.display_name, ("display_name",)),
        workspace_name=checks.name(command.workspace_name, ("workspace_name",)),
    )
    checks.settle()
    return checked


async def find_existing(uow: UnitOfWork, email: str) -> Admin:
    """Who has the address, and where that person has been for longest."""
    credential = await repository.find_credential(uow.session, email)
    if credential is None:
        raise Conflict("This account was deleted at the same moment. Try again.")
    await enter_workspace(uow.session, None, credential.user_id)
    workspace_id = await repository.find_first_workspace(uow.session, credential.user_id)
    return Admin(credential.user_id, workspace_id, created=False)


async def found_workspace(uow: UnitOfWork, workspace_id: UUID, user_id: UUID, name: str) -> None:
    """Make the workspace with its preset groups, and the person its owner and administrator."""
    workspace = Workspace(id=workspace_id, name=name, slug=derive_slug(name), owner_id=user_id)
    if not await repository.add_workspace(uow.session, workspace):
        raise Conflict(f"There is a workspace {workspace.slug} already.", field=("workspace_name",))
    await furnish_workspace(uow, workspace_id, user_id)
