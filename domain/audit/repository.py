"""The SQL that reads the audit log; what writes it is `append_audit` in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select, text

from domain.audit.models import AuditEntry, AuditHead
from domain.audit.rules import Head, Link
from domain.shared.database import Session
from domain.shared.paging import Column, Page, PageRequest, read_page

SEARCHED = (
    AuditEntry.action,
    AuditEntry.actor_name,
    AuditEntry.entity_label,
    AuditEntry.address,
    AuditEntry.request_id,
)

# The owner sees every workspace, and of a workspace that is gone only its log.
_CHAINS = text("""
SELECT c.workspace_id, w.slug, coalesce(h.seq, 0) AS entries
FROM (SELECT workspace_id FROM audit_heads UNION SELECT workspace_id FROM audit_entries) c
LEFT JOIN workspaces w ON w.id = c.workspace_id
LEFT JOIN audit_heads h ON h.workspace_id = c.workspace_id
ORDER BY w.slug NULLS LAST, c.workspace_id
""")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Conditions that all hold; `since` is included, `until` is not.

    `search` is a part of the action, the person's or the entity's name, the address or the request
    id, in any case.
    """

    actor_id: UUID | None = None
    action: str | None = None
    entity_type: str | None = None
    entity_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A workspace's log: `slug` is None where the workspace is gone, `entries` what its head says."""

    workspace_id: UUID
    slug: str | None
    entries: int


async def page_entries(
    session: Session, workspace_id: UUID, filtered: AuditFilter, request: PageRequest
) -> Page[AuditEntry]:
    """One page of entries, in the order of their numbers."""
    return await read_page(session, _filter(workspace_id, filtered), [AuditEntry.seq], request)


async def count_entries(session: Session, workspace_id: UUID, filtered: AuditFilter) -> int:
    """How many entries pass the filter."""
    counted = select(func.count()).select_from(_filter(workspace_id, filtered).subquery())
    return await session.scalar(counted) or 0


async def read_head(session: Session, workspace_id: UUID) -> Head | None:
    """Where a workspace's chain ends."""
    row = await session.scalar(select(AuditHead).where(AuditHead.workspace_id == workspace_id))
    return None if row is None else Head(row.seq, row.hash)


async def hold_still(session: Session) -> None:
    """Let the session see one moment only, whatever others write; first thing in its transaction."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


async def list_chains(session: Session) -> Sequence[Chain]:
    """Every workspace that has entries or a head; for the owner's role."""
    rows = await session.execute(_CHAINS)
    return [Chain(row.workspace_id, row.slug, row.entries) for row in rows]


async def read_links(
    session: Session, workspace_id: UUID, after: int | None, limit: int
) -> Sequence[Link]:
    """The next entries of a chain, as they are hashed."""
    columns = (AuditEntry.seq, AuditEntry.at, AuditEntry.record, AuditEntry.hash)
    statement = select(*columns).where(AuditEntry.workspace_id == workspace_id)
    if after is not None:
        statement = statement.where(AuditEntry.seq > after)
    rows = await session.execute(statement.order_by(AuditEntry.seq).limit(limit))
    return [Link(*row) for row in rows]


def _filter(workspace_id: UUID, filtered: AuditFilter) -> Select[AuditEntry]:
    equal: tuple[tuple[Column, object], ...] = (
        (AuditEntry.actor_id, filtered.actor_id),
        (AuditEntry.action, filtered.action),
        (AuditEntry.entity_type, filtered.entity_type),
        (AuditEntry.entity_id, filtered.entity_id),
    )
    statement = select(AuditEntry).where(AuditEntry.workspace_id == workspace_id)
    for column, value in equal:
        if value is not None:
            statement = statement.where(column == value)
    if filtered.since is not None:
        statement = statement.where(AuditEntry.at >= filtered.since)
    if filtered.until is not None:
        statement = statement.where(AuditEntry.at < filtered.until)
    if filtered.search:
        contained = (column.icontains(filtered.search, autoescape=True) for column in SEARCHED)
        statement = statement.where(or_(*contained))
    return statement
