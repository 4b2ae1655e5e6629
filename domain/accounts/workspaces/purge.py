"""Remove deleted workspaces for good, once nobody can restore them any more."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from domain.accounts import repository as accounts
from domain.accounts.workspaces import repository
from domain.accounts.workspaces.delete import GRACE
from domain.shared.clock import Clock, SystemClock
from domain.shared.unit_of_work import UnitsOfWork

RemoveFiles = Callable[[UUID], Awaitable[None]]
"""Removes what a workspace keeps outside the database; to call it again changes nothing."""


async def purge_workspaces(
    units: UnitsOfWork, remove_files: RemoveFiles, *, clock: Clock | None = None
) -> int:
    """Remove workspaces that were deleted more than thirty days ago; return how many.

    Files go first: a process that dies in between leaves the row, and so the work to the next
    round.
    """
    due = (clock or SystemClock()).now() - GRACE
    async with units.database.session() as session:
        found = await repository.list_deleted_before(session, due)
    purged = 0
    for workspace_id in found:
        async with units.begin(workspace_id) as uow:
            workspace = await accounts.lock_workspace(uow.session, workspace_id)
            if workspace is None or workspace.deleted_at is None or workspace.deleted_at >= due:
                continue
            await remove_files(workspace_id)
            await repository.remove_workspace(uow.session, workspace_id)
            purged += 1
    return purged
