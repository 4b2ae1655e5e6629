"""The SQL that reads the audit log; what writes it is `append_audit` in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, select, text

from domain.audit.models import AuditEntry, AuditHead
from domain.audit.rules import Head, Link
from domain.shared.batches import Parameter
from domain.shared.database import Session
from domain.shared.listing import Listing, PageQuery, contains, equals, since, until
from domain.shared.paging import PageRequest

# The owner sees every workspace, and of a workspace that is gone only its log.
_CHAINS = text("""
SELECT c.workspace_id, w.slug, coalesce(h.seq, 0) AS entries
FROM (SELECT workspace_id FROM audit_heads UNION SELECT workspace_id FROM audit_entries) c
LEFT JOIN workspaces w ON w.id = c.workspace_id
LEFT JOIN audit_heads h ON h.workspace_id = c.workspace_id
ORDER BY w.slug NULLS LAST, c.workspace_id
""")


class AuditOrder(StrEnum):
    """There is one order: that in which entries were written."""

    SEQ = "seq"


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


def list_entries(
    workspace_id: UUID, filtered: AuditFilter, request: PageRequest
) -> PageQuery[AuditEntry]:
    """One page of entries, in the order of their numbers."""
    return ENTRIES.page(workspace_id, filtered, AuditOrder.SEQ, request)


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


def _here(workspace: Parameter) -> Select[AuditEntry]:
    return select(AuditEntry).where(AuditEntry.workspace_id == workspace)


ENTRIES = Listing(
    _here,
    conditions={
        "actor_id": equals(AuditEntry.actor_id),
        "action": equals(AuditEntry.action),
        "entity_type": equals(AuditEntry.entity_type),
        "entity_id": equals(AuditEntry.entity_id),
        "since": since(AuditEntry.at),
        "until": until(AuditEntry.at),
        "search": contains(
            AuditEntry.action,
            AuditEntry.actor_name,
            AuditEntry.entity_label,
            AuditEntry.address,
            AuditEntry.request_id,
        ),
    },
    orders={AuditOrder.SEQ: (AuditEntry.seq,)},
)
