"""A workspace with one person in it, and that person's ways to act."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from domain.accounts.models import User, Workspace, WorkspaceMember
from domain.accounts.permissions import ADMIN
from domain.shared.actor import Actor
from domain.shared.database import Session
from domain.shared.ids import new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork
from tests.fixtures.database import Databases

NAME = "Sam"


@dataclass(frozen=True)
class Tenant:
    """One workspace as seen by one of its people."""

    databases: Databases
    actor: Actor

    @property
    def workspace_id(self) -> UUID:
        return self.actor.workspace_id

    def may_only(self, *permissions: str) -> "Tenant":
        """The same person with these permissions and no others."""
        return replace(self, actor=replace(self.actor, permissions=frozenset(permissions)))

    def may_not(self, permission: str) -> "Tenant":
        """The same person without one permission."""
        return self.may_only(*(self.actor.permissions - {permission}))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work in this workspace, under the application's role."""
        units = UnitsOfWork(self.databases.app, SilentOutlet())
        async with units.begin(self.workspace_id, self.actor.user_id) as uow:
            yield uow

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """A session that sees this workspace only."""
        async with self.databases.app.session(self.workspace_id) as session:
            yield session


async def make_tenant(databases: Databases, *, allowed_hosts: Iterable[str] = ()) -> Tenant:
    """A new workspace with an admin."""
    workspace_id, user_id = new_id(), new_id()
    tenant = Tenant(databases, Actor(user_id, workspace_id, new_id(), ADMIN, NAME))
    async with tenant.begin() as uow:
        name = f"workspace-{workspace_id.hex[-12:]}"
        uow.session.add_all(
            [
                Workspace(id=workspace_id, name=name, slug=name, allowed_hosts=list(allowed_hosts)),
                User(
                    id=user_id,
                    email=f"{user_id.hex}@example.test",
                    display_name=NAME,
                    password_hash="-",
                ),
            ]
        )
        await uow.session.flush()
        uow.session.add(WorkspaceMember(workspace_id=workspace_id, user_id=user_id))
    return tenant
