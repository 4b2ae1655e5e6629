"""The SQL that writes remembered elements and decisions, and reads what a run needs of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import orjson
from sqlalchemy import Text, case, cast, func, insert, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from domain.accounts.models import Workspace
from domain.elements.models import Element, ElementDecision, ElementVersion
from domain.elements.outcomes import Known, Newest
from domain.executions.models import Execution
from domain.shared.database import JsonObject, Session

Row = Mapping[str, object]
# With nulls as they are: rows that leave other columns out would be statements of their own.
_VERSIONS = insert(ElementVersion).execution_options(render_nulls=True)
_DECISIONS = insert(ElementDecision).execution_options(render_nulls=True)


class Old(StrEnum):
    """What is forgotten, by the database's function for it."""

    DECISIONS = "forget_element_decisions"
    VERSIONS = "forget_element_versions"
    ELEMENTS = "forget_elements"


_UPDATE = text(
    """
    UPDATE elements AS e
    SET version = n.version, status = n.status, reason = n.reason, description = n.description,
        hits = n.hits, misses = n.misses, last_seen_at = n.last_seen_at,
        remembered = coalesce(n.remembered, e.remembered),
        updated_at = CASE WHEN e.version = n.version THEN e.updated_at ELSE now() END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n (
        id uuid, version int, status text, reason text, description text, hits int, misses int,
        last_seen_at timestamptz, remembered jsonb
    )
    WHERE e.id = n.id
    """
)


@dataclass(frozen=True, slots=True)
class ActiveElement:
    """An element that may be used, but for what is remembered of it."""

    id: UUID
    version: int
    updated_at: datetime
    step_key: str
    url_pattern: str
    hits: int
    misses: int
    last_seen_at: datetime


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


async def list_active(
    session: Session, workspace_id: UUID, scope_id: UUID
) -> Sequence[ActiveElement]:
    """Return the elements of one test that may be used, newest seen first."""
    names = [field.name for field in fields(ActiveElement)]
    statement = (
        select(*(getattr(Element, name) for name in names))
        .where(
            Element.workspace_id == workspace_id,
            Element.scope_id == scope_id,
            Element.status == "active",
        )
        .order_by(Element.last_seen_at.desc(), Element.id)
    )
    return [ActiveElement(*row) for row in await session.execute(statement)]


async def read_remembered(
    session: Session, workspace_id: UUID, element_ids: Collection[UUID]
) -> dict[UUID, tuple[ActiveElement, JsonObject]]:
    """Return elements as they are now, with what is remembered of them."""
    names = [field.name for field in fields(ActiveElement)]
    statement = select(*(getattr(Element, name) for name in names), Element.remembered).where(
        Element.workspace_id == workspace_id, Element.id.in_(element_ids)
    )
    rows = await session.execute(statement)
    return {row.id: (ActiveElement(*row[:-1]), row.remembered) for row in rows}


async def list_batch(
    session: Session, workspace_id: UUID, scope_id: UUID | None, *, after: UUID, limit: int
) -> Sequence[Element]:
    """Return usable elements of one test, or of all, by their ids, from behind one of them."""
    statement = select(Element).where(
        Element.workspace_id == workspace_id, Element.status == "active", Element.id > after
    )
    if scope_id is not None:
        statement = statement.where(Element.scope_id == scope_id)
    return (await session.scalars(statement.order_by(Element.id).limit(limit))).all()


async def find_workspace(session: Session, name: str) -> UUID | None:
    """Return the living workspace that is meant by its slug or its id."""
    meant = or_(Workspace.slug == name, cast(Workspace.id, Text) == name)
    statement = select(Workspace.id).where(meant, Workspace.deleted_at.is_(None))
    return await session.scalar(statement)


async def lock_element(session: Session, workspace_id: UUID, element_id: UUID) -> Element | None:
    """Return an element, and let nobody else change it in the meantime."""
    statement = (
        select(Element)
        .where(Element.workspace_id == workspace_id, Element.id == element_id)
        .with_for_update()
    )
    return await session.scalar(statement)


async def insert_elements(session: Session, rows: Sequence[Row]) -> set[str]:
    """Insert elements whose keys are not taken; return the keys of those that were inserted.

    In the order of the keys, so that two runs that end together cannot wait for each other.
    """
    if not rows:
        return set()
    ordered = sorted(rows, key=lambda row: str(row["key"]))
    statement = upsert(Element).values([dict(row) for row in ordered])
    inserted = await session.scalars(
        statement.on_conflict_do_nothing(
            index_elements=[Element.workspace_id, Element.key]
        ).returning(Element.key)
    )
    return set(inserted)


async def lock_known(
    session: Session, workspace_id: UUID, keys: Collection[str], *, whole: Collection[str]
) -> dict[str, Known]:
    """Return elements by key, and let nobody else change them until the transaction ends.

    In the order of the keys: two runs of one test that end together take turns, whatever each
    of them changes afterwards.

    Args:
        session: of a unit of work.
        workspace_id: of all of them.
        keys: which ones.
        whole: keys of those whose `remembered` is needed.
    """
    columns = (Element.id, Element.version, Element.status, Element.reason, Element.description)
    counted = (Element.hits, Element.misses, Element.last_seen_at)
    needed = case((Element.key.in_(whole), Element.remembered)).label("remembered")
    statement = (
        select(Element.key, *columns, *counted, needed)
        .where(Element.workspace_id == workspace_id, Element.key.in_(keys))
        .order_by(Element.key)
        .with_for_update()
    )
    rows = (await session.execute(statement)).mappings()
    return {row["key"]: Known(**{k: v for k, v in row.items() if k != "key"}) for row in rows}


async def read_newest(session: Session, element_ids: Collection[UUID]) -> dict[UUID, Newest]:
    """Return the newest row of elements' histories."""
    if not element_ids:
        return {}
    statement = (
        select(
            ElementVersion.element_id,
            ElementVersion.version,
            ElementVersion.status,
            ElementVersion.remembered,
        )
        .where(ElementVersion.element_id.in_(element_ids))
        .ext(distinct_on(ElementVersion.element_id))
        .order_by(ElementVersion.element_id, ElementVersion.version.desc())
    )
    rows = await session.execute(statement)
    return {row.element_id: Newest(row.version, row.status, row.remembered) for row in rows}


async def find_version(
    session: Session, workspace_id: UUID, element_id: UUID, version: int
) -> ElementVersion | None:
    """Return one row of an element's history, with its picture."""
    statement = select(ElementVersion).where(
        ElementVersion.workspace_id == workspace_id,
        ElementVersion.element_id == element_id,
        ElementVersion.version == version,
    )
    return await session.scalar(statement)


async def update_known(session: Session, elements: Collection[Known]) -> None:
    """Write elements that were locked; all with one statement."""
    if not elements:
        return
    names = [one.name for one in fields(Known)]
    values = [{name: getattr(element, name) for name in names} for element in elements]
    rows = orjson.dumps(values, default=str).decode()
    await session.execute(_UPDATE, {"rows": rows})


async def insert_versions(session: Session, rows: Sequence[Row]) -> None:
    """Append to histories."""
    if rows:
        await session.execute(_VERSIONS, [dict(row) for row in rows])


async def add_version(session: Session, version: ElementVersion) -> None:
    """Write what changed in an element, and the row of its history."""
    session.add(version)
    await session.flush()


async def forget(session: Session, kind: Old, boundary: datetime | int, most: int) -> int:
    """Delete some old rows of all workspaces, as the database lets the application; how many."""
    function = getattr(func, kind.value)
    return int(await session.scalar(select(function(boundary, most))) or 0)


async def insert_decisions(session: Session, rows: Sequence[Row]) -> None:
    """Append to the record of decisions."""
    if rows:
        await session.execute(_DECISIONS, [dict(row) for row in rows])
