"""The SQL that writes remembered elements and decisions, and reads what a run needs of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from domain.elements.models import Element, ElementDecision
from domain.executions.models import Execution
from domain.shared.database import Session
from domain.shared.ids import new_id

Row = Mapping[str, object]

_COUNT_USES = text(
    """
    UPDATE elements AS e
    SET hits = e.hits + used.hits, misses = e.misses + used.misses,
        last_seen_at = CASE WHEN used.hits > 0 THEN :seen_at ELSE e.last_seen_at END
    FROM unnest(CAST(:ids AS uuid[]), CAST(:hits AS int[]), CAST(:misses AS int[]))
        AS used (id, hits, misses)
    WHERE e.id = used.id
    """
)


async def holds_execution(
    session: Session, workspace_id: UUID, execution_id: UUID, attempt: int
) -> bool:
    """Tell whether `attempt` is still the execution's, and keep it so until the transaction ends."""
    statement = (
        select(Execution.id)
        .where(
            Execution.id == execution_id,
            Execution.workspace_id == workspace_id,
            Execution.attempt == attempt,
        )
        .with_for_update(read=True)
    )
    return await session.scalar(statement) is not None


async def list_active(session: Session, workspace_id: UUID, scope_id: UUID) -> Sequence[Element]:
    """Return the elements of one test that may be used, newest seen first."""
    statement = (
        select(Element)
        .where(
            Element.workspace_id == workspace_id,
            Element.scope_id == scope_id,
            Element.status == "active",
        )
        .order_by(Element.last_seen_at.desc(), Element.id)
    )
    return (await session.scalars(statement)).all()


async def lock_element(session: Session, workspace_id: UUID, element_id: UUID) -> Element | None:
    """Return an element, and let nobody else change it in the meantime."""
    statement = (
        select(Element)
        .where(Element.workspace_id == workspace_id, Element.id == element_id)
        .with_for_update()
    )
    return await session.scalar(statement)


async def lock_elements(
    session: Session, workspace_id: UUID, keys: Collection[str]
) -> dict[str, UUID]:
    """Return the ids of elements by key, and let nobody else change them in the meantime.

    In the order of the keys: two runs of one test that end together take turns, whatever each
    of them changes afterwards.
    """
    statement = (
        select(Element.key, Element.id)
        .where(Element.workspace_id == workspace_id, Element.key.in_(keys))
        .order_by(Element.key)
        .with_for_update()
    )
    return {row.key: row.id for row in await session.execute(statement)}


async def store_versions(session: Session, rows: Sequence[Row]) -> None:
    """Insert elements, or make what is known under their keys one version newer.

    An element that was set aside and is learned again starts with a clean record. One that a
    person set aside while a run was using it stays so: what that run adds was built on it. Rows
    are written in the order of their keys, so that two runs that end together cannot wait for
    each other.
    """
    if not rows:
        return
    values = [{"id": new_id(), **row} for row in sorted(rows, key=lambda row: str(row["key"]))]
    statement = upsert(Element).values(values)
    new = statement.excluded
    set_aside = Element.status != "active"
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[Element.workspace_id, Element.key],
            set_={
                "remembered": new.remembered,
                "description": new.description,
                "reason": new.reason,
                "scope_id": new.scope_id,
                "version": Element.version + 1,
                "status": "active",
                "hits": case((set_aside, 0), else_=Element.hits),
                "misses": case((set_aside, 0), else_=Element.misses),
                "last_seen_at": new.last_seen_at,
                "updated_at": func.now(),
            },
            where=or_(Element.status != "deprecated", new.reason == "learned"),
        )
    )


async def count_uses(
    session: Session, uses: Mapping[UUID, tuple[int, int]], seen_at: datetime
) -> None:
    """Add (hits, misses) to elements' records of use; a hit is a sighting."""
    if not uses:
        return
    parameters = {
        "ids": list(uses),
        "hits": [hits for hits, _ in uses.values()],
        "misses": [misses for _, misses in uses.values()],
        "seen_at": seen_at,
    }
    await session.execute(_COUNT_USES, parameters)


async def invalidate_unreliable(
    session: Session, element_ids: Collection[UUID], *, fewest_uses: int, lowest_rate: float
) -> None:
    """Set aside those elements that failed too often to be believed."""
    uses = Element.hits + Element.misses
    await session.execute(
        update(Element)
        .where(
            Element.id.in_(element_ids),
            Element.status == "active",
            uses >= fewest_uses,
            Element.hits < uses * lowest_rate,
        )
        .values(status="invalidated", reason="unreliable")
    )


async def insert_decisions(session: Session, rows: Sequence[Row]) -> None:
    """Append to the record of decisions."""
    if rows:
        await session.execute(insert(ElementDecision), [dict(row) for row in rows])
