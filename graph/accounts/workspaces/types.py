"""The workspaces of a person, and what the person may do in the one where he is."""

from datetime import datetime
from typing import Self

import strawberry

from domain.accounts.permissions import PERMISSIONS
from domain.accounts.workspaces import repository
from domain.accounts.workspaces.delete import GRACE
from domain.accounts.workspaces.repository import Belonging
from domain.shared.actor import Actor
from graph.accounts.authority import authority_of
from graph.support.context import Context
from graph.support.ids import encode_id


@strawberry.type(description="A workspace as one of its members sees it from outside.")
class WorkspaceMembership:
    """Enough to choose where to go with `switchWorkspace`."""

    id: strawberry.ID = strawberry.field(description="Of the workspace.")
    name: str
    slug: str
    is_owner: bool
    is_current: bool = strawberry.field(description="Whether this session is signed in there.")
    joined_at: datetime
    deleted_at: datetime | None = strawberry.field(
        description="Only its owner still sees a deleted one, and can restore it."
    )
    purged_after: datetime | None = strawberry.field(
        description="When a deleted one cannot be restored any more."
    )

    @classmethod
    def from_belonging(cls, belonging: Belonging, actor: Actor) -> Self:
        """Wrap what the domain read."""
        row = belonging.workspace
        return cls(
            id=encode_id("Workspace", row.id),
            name=row.name,
            slug=row.slug,
            is_owner=row.owner_id == actor.user_id,
            is_current=row.id == actor.workspace_id,
            joined_at=belonging.joined_at,
            deleted_at=row.deleted_at,
            purged_after=None if row.deleted_at is None else row.deleted_at + GRACE,
        )


@strawberry.type(description="Something that the caller may do here.")
class GrantedPermission:
    """A permission with its meaning."""

    name: str
    meaning: str

    @classmethod
    def list_of(cls, actor: Actor) -> list[Self]:
        """All that an actor holds, by name."""
        return [cls(name=name, meaning=PERMISSIONS[name]) for name in sorted(actor.permissions)]


async def list_workspaces(context: Context) -> list[WorkspaceMembership]:
    """The caller's own, the oldest first."""
    actor = await context.actor()
    actor.require("account.self")
    since = authority_of(context).clock.now() - GRACE
    async with context.reading() as session:
        found = await repository.list_belongings(session, actor.user_id, since)
    return [WorkspaceMembership.from_belonging(one, actor) for one in found]
