"""Takes evidence away: first from sight, then, when nothing else consists of them, the bytes."""

from datetime import timedelta
from uuid import UUID

from domain.evidence import repository
from domain.evidence.models import EvidenceFile
from domain.evidence.rules import PENDING_SECONDS, may_delete
from domain.evidence.storage import EvidenceStorage
from domain.shared.actor import Actor
from domain.shared.audit import deleted
from domain.shared.clock import Clock, SystemClock
from domain.shared.errors import Forbidden, NotFound
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

SWEEP_SIZE = 100


async def delete_file(
    uow: UnitOfWork, actor: Actor, file_id: UUID, *, clock: Clock | None = None
) -> EvidenceFile:
    """Hide a file from everybody; `sweep` removes its bytes after the commit.

    Raises:
        NotFound: there is no such file in the workspace.
        Forbidden: the actor neither uploaded it nor administers the workspace.
    """
    actor.require("evidence.read")
    file = await repository.lock_file(uow.session, actor.workspace_id, file_id)
    if file is None:
        raise NotFound("The evidence", field=("id",))
    if not may_delete(actor, file.created_by):
        raise Forbidden("Only an administrator may delete what others added or a run captured.")
    file.deleted_at = (clock or SystemClock()).now()
    uow.audit(deleted("evidence.delete", actor, file))
    return file


async def sweep(
    units: UnitsOfWork,
    storage: EvidenceStorage,
    workspace_id: UUID,
    *,
    clock: Clock | None = None,
) -> int:
    """Remove bytes that no file of the workspace needs any more; return how many files' worth.

    What a killed process left undone is done by the next call.
    """
    stale = (clock or SystemClock()).now() - timedelta(seconds=PENDING_SECONDS)
    async with units.begin(workspace_id) as uow:
        contents = await repository.list_deleted_contents(uow.session, workspace_id, SWEEP_SIZE)
        pending = await repository.forget_pending(uow.session, workspace_id, stale)
    for file_id in pending:
        await storage.drop_held(workspace_id, file_id)
    removed = 0
    for sha256 in contents:
        async with units.begin(workspace_id) as uow:
            await repository.lock_content(uow.session, workspace_id, sha256)
            if not await repository.is_content_needed(uow.session, workspace_id, sha256):
                await storage.discard(workspace_id, sha256)
                removed += 1
            await repository.forget_content(uow.session, workspace_id, sha256)
    await storage.sweep_drafts(workspace_id)
    return removed
