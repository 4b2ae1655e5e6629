"""Take a cache along: the elements that a run would be given, as lines of JSON."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.elements import repository
from domain.elements.lines import write_end, write_entry, write_header
from domain.elements.models import Element
from domain.shared.actor import Actor
from domain.shared.audit import COMMAND_LINE, Author, Entry
from domain.shared.clock import SystemClock
from domain.shared.unit_of_work import UnitsOfWork

READ: Final = "element.read"
BATCH_SIZE: Final = 200
Lines = AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class ExportElements:
    """Of which test; None: of all."""

    scope_id: UUID | None = None


async def export_elements(units: UnitsOfWork, actor: Actor, command: ExportElements) -> Lines:
    """Return the lines of a file; that it was asked for is in the audit log before this returns.

    Each batch is read in a transaction of its own, so that whoever takes it slowly holds nothing
    up. Another workspace's test has no elements here.

    Raises:
        Forbidden: the actor may not see elements.
    """
    actor.require(READ)
    return await _export(units, actor, actor.workspace_id, command)


async def export_cache(units: UnitsOfWork, workspace_id: UUID, command: ExportElements) -> Lines:
    """The same of any workspace, for whoever may run commands."""
    return await _export(units, COMMAND_LINE, workspace_id, command)


async def _export(
    units: UnitsOfWork, by: Actor | Author, workspace_id: UUID, command: ExportElements
) -> Lines:
    after = {} if command.scope_id is None else {"scope_id": command.scope_id}
    async with units.begin(workspace_id) as uow:
        uow.audit(Entry("element.export", by, after=after, workspace_id=workspace_id))
    return _write_lines(units, workspace_id, command.scope_id)


async def _write_lines(units: UnitsOfWork, workspace_id: UUID, scope_id: UUID | None) -> Lines:
    count, last = 0, UUID(int=0)
    batch: Sequence[Element] = ()
    yield write_header(SystemClock().now())
    while not count or batch:
        async with units.database.session(workspace_id) as session:
            batch = await repository.list_batch(
                session, workspace_id, scope_id, after=last, limit=BATCH_SIZE
            )
        for element in batch:
            last = element.id
            line = write_entry(
                element.scope_id, element.step_key, element.url_pattern, element.remembered
            )
            if line is not None:
                count += 1
                yield line
        if len(batch) < BATCH_SIZE:
            break
    yield write_end(count)
