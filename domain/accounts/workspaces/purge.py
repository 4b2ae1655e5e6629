"""Remove deleted workspaces for good, once nobody can restore them any more."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.models import Workspace
from domain.accounts.workspaces import repository
from domain.accounts.workspaces.delete import GRACE
from domain.shared.audit import SYSTEM, Entity, Entry
from domain.shared.clock import Clock, SystemClock
from domain.shared.unit_of_work import UnitsOfWork

Empty = Callable[[UUID], Awaitable[None]]
"""Removes what a workspace holds that is too much, or not for, one transaction of the database.

It opens its own units of work, and to call it again changes nothing.
"""


async def purge_workspaces(units: UnitsOfWork, empty: Empty, *, clock: Clock | None = None) -> int:
    """Remove workspaces that were deleted more than thirty days ago; return how many.

    What they hold goes first: a process that dies in between leaves the row, and so the work to
    the next round.
    """
    due = (clock or SystemClock()).now() - GRACE
    async with units.database.session() as session:
        found = await repository.list_deleted_before(session, due)
    purged = 0
    for workspace_id in found:
        await empty(workspace_id)
        async with units.begin(workspace_id) as uow:
            workspace = await accounts.lock_workspace(uow.session, workspace_id)
            if workspace is not None and is_due(workspace, due):
                await repository.remove_workspace(uow.session, workspace_id)
                uow.audit(Entry("workspace.purge", SYSTEM, Entity.of(workspace)))
                purged += 1
    return purged


def is_due(workspace: Workspace, due: datetime) -> bool:
    """Whether nobody can restore the workspace any more, which cannot change."""
    return workspace.deleted_at is not None and workspace.deleted_at < due
