"""People of a workspace who do things by the verbs, with everything that follows from them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from domain.accounts.groups import repository as groups
from domain.accounts.models import Group
from domain.accounts.repository import find_members_permissions
from domain.accounts.sessions import Authority
from domain.reactions import react
from domain.shared.jobs import SilentOutlet
from domain.shared.unit_of_work import UnitsOfWork
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember, Member

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """Where people act."""

    databases: Databases
    authority: Authority
    make_member: MakeMember

    async def founder(self) -> Member:
        """The owner and administrator of a new workspace."""
        return await self.make_member()

    async def colleague(self, of: Member, *names: str) -> Member:
        """Somebody in a member's workspace, in these groups."""
        return await self.make_member(*(names or ("no group",)), of=of)

    async def act(self, by: Member, verb: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Let somebody do something; whatever it raises is raised."""
        units = UnitsOfWork(self.databases.app, SilentOutlet(), react)
        async with units.begin(by.actor.workspace_id, by.actor.user_id) as uow:
            return await verb(uow, by.actor, *arguments)

    async def group(self, of: Member, name: str) -> UUID:
        """The id of a living group in a member's workspace."""
        async with self.databases.app.session(of.actor.workspace_id) as session:
            living = select(Group.id).where(Group.name == name, Group.deleted_at.is_(None))
            return (await session.scalars(living)).one()

    async def groups_of(self, who: Member) -> list[str]:
        """The names of the groups a person is in."""
        workspace, user = who.actor.workspace_id, who.actor.user_id
        async with self.databases.app.session(workspace) as session:
            found = await groups.read_groups_of(session, workspace, [user])
        return [group.name for group in found[user]]

    async def permissions_of(self, who: Member) -> frozenset[str] | None:
        """What a person may do now in the workspace he was made for; None: he does not belong."""
        workspace, user = who.actor.workspace_id, who.actor.user_id
        async with self.databases.app.session(workspace) as session:
            return await find_members_permissions(session, user, workspace)
