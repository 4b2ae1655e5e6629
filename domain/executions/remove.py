"""Removes what ran in a workspace that is purged, in portions that one statement can take."""

from uuid import UUID

from domain.executions.tree import repository
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

PORTION = 50
"""Trees of executions, each with its attempts and all its events."""


async def remove_executions(units: UnitsOfWork, workspace_id: UUID) -> None:
    """Remove all executions of a workspace, a portion in each transaction."""
    removed = PORTION
    while removed == PORTION:
        async with units.begin(workspace_id) as uow:
            removed = await remove_portion(uow, workspace_id)


async def remove_portion(uow: UnitOfWork, workspace_id: UUID) -> int:
    """Remove some trees of executions; return how many."""
    return await repository.remove_trees(uow.session, workspace_id, PORTION)
