"""Take the audit log along: who does so is an entry itself, the last one that goes along."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace

from domain.audit import repository
from domain.audit.models import AuditEntry
from domain.audit.repository import AuditFilter
from domain.shared.actor import Actor
from domain.shared.audit import Entry
from domain.shared.paging import Key, PageRequest
from domain.shared.unit_of_work import UnitsOfWork

READ = "audit.read"
BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class ExportAudit:
    """Which entries, and in which form: `csv` or `json`."""

    format: str
    filtered: AuditFilter


async def export_entries(
    units: UnitsOfWork, actor: Actor, command: ExportAudit
) -> AsyncIterator[Sequence[AuditEntry]]:
    """Batches of entries, the oldest first, up to the one that tells of this export.

    Each is read in a transaction of its own, so that whoever takes them slowly holds nothing up.
    Entries never change, so all batches together are the log of one moment. The entry is committed
    before this returns.

    Raises:
        Forbidden: the actor may not see the audit log.
    """
    actor.require(READ)
    wanted = {name: value for name, value in asdict(command.filtered).items() if value is not None}
    told = Entry("audit.export", actor, after={"format": command.format, **wanted})
    async with units.begin(actor.workspace_id, actor.user_id) as uow:
        uow.audit(told)
    async with units.database.session(actor.workspace_id, actor.user_id) as session:
        head = await repository.read_head(session, actor.workspace_id)
    last = 0 if head is None else head.seq
    return _read_batches(units, actor, command.filtered, before=(last + 1,))


async def _read_batches(
    units: UnitsOfWork, actor: Actor, filtered: AuditFilter, *, before: Key
) -> AsyncIterator[Sequence[AuditEntry]]:
    request: PageRequest | None = PageRequest(BATCH_SIZE, before=before)
    while request is not None:
        async with units.database.session(actor.workspace_id, actor.user_id) as session:
            page = await repository.page_entries(session, actor.workspace_id, filtered, request)
        yield page.rows
        request = replace(request, after=(page.rows[-1].seq,)) if page.has_next else None
