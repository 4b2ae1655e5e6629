"""Take the audit log along: who does so is an entry itself, the last one that goes along."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from domain.audit import repository
from domain.audit.models import AuditEntry
from domain.audit.repository import AuditFilter
from domain.shared.actor import Actor
from domain.shared.audit import COMMAND_LINE, Author, Entry
from domain.shared.database import Database
from domain.shared.paging import Key, PageRequest
from domain.shared.unit_of_work import UnitsOfWork

Batches = AsyncIterator[Sequence[AuditEntry]]
READ = "audit.read"
BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class ExportAudit:
    """Which entries, and in which form: `csv` or `json`."""

    format: str
    filtered: AuditFilter


async def export_entries(units: UnitsOfWork, actor: Actor, command: ExportAudit) -> Batches:
    """Batches of entries, the oldest first, up to the one that tells of this export.

    Each is read in a transaction of its own, so that whoever takes them slowly holds nothing up.
    Entries never change, so all batches together are the log of one moment. The entry is committed
    before this returns.

    Raises:
        Forbidden: the actor may not see the audit log.
    """
    actor.require(READ)
    return await _export(units, actor, actor.workspace_id, command)


async def export_log(units: UnitsOfWork, workspace_id: UUID, command: ExportAudit) -> Batches:
    """The same of any workspace, or of the installation, for whoever may run commands."""
    return await _export(units, COMMAND_LINE, workspace_id, command)


async def _export(
    units: UnitsOfWork, by: Actor | Author, workspace_id: UUID, command: ExportAudit
) -> Batches:
    wanted = {name: value for name, value in asdict(command.filtered).items() if value is not None}
    after = {"format": command.format, **wanted}
    async with units.begin(workspace_id) as uow:
        uow.audit(Entry("audit.export", by, after=after, workspace_id=workspace_id))
    async with units.database.session(workspace_id) as session:
        head = await repository.read_head(session, workspace_id)
    last = 0 if head is None else head.seq
    return _read_batches(units, workspace_id, command.filtered, before=(last + 1,))


async def _read_batches(
    units: UnitsOfWork, workspace_id: UUID, filtered: AuditFilter, *, before: Key
) -> Batches:
    request: PageRequest | None = PageRequest(BATCH_SIZE, before=before)
    while request is not None:
        async with units.database.session(workspace_id) as session:
            page = await repository.list_entries(workspace_id, filtered, request).read_whole(
                session
            )
        yield page.rows
        request = replace(request, after=(page.rows[-1].seq,)) if page.has_next else None


async def list_newest(
    database: Database, workspace_id: UUID, filtered: AuditFilter, *, limit: int, before: int | None
) -> Sequence[AuditEntry]:
    """Some entries of a log, the newest first, for whoever may run commands.

    Args:
        before: Number of the entry to go on behind, towards the older ones; None: begin at the end.
    """
    start = None if before is None else (before,)
    request = PageRequest(limit, descending=True, after=start)
    async with database.session(workspace_id) as session:
        return (
            await repository.list_entries(workspace_id, filtered, request).read_whole(session)
        ).rows
