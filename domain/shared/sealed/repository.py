"""The SQL of columns with sealed values, under a role that sees all workspaces."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Text, cast, func, select, update

from domain.shared.database import Base, Session
from domain.shared.sealed.places import Row, SealedPlace


async def read_batch(
    session: Session, place: SealedPlace, after: UUID | None, rows: int
) -> list[Row]:
    """The next rows with sealed values, by id."""
    table = Base.metadata.tables[place.table]
    statement = select(table.c.id, table.c[place.column]).where(*_holds(table, place))
    if after is not None:
        statement = statement.where(table.c.id > after)
    found = await session.execute(statement.order_by(table.c.id).limit(rows))
    return [(row[0], row[1]) for row in found]


async def count_rows(session: Session, place: SealedPlace) -> int:
    """How many rows hold sealed values."""
    table = Base.metadata.tables[place.table]
    statement = select(func.count()).select_from(table).where(*_holds(table, place))
    return await session.scalar(statement) or 0


async def replace_value(
    session: Session, place: SealedPlace, row_id: UUID, before: object, after: object
) -> int:
    """Write a row's value if it is still the one that was read; it does not count as a change."""
    table = Base.metadata.tables[place.table]
    kept = {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}
    statement = (
        update(table)
        .where(table.c.id == row_id, table.c[place.column] == before)
        .values({place.column: after, **kept})
        .returning(table.c.id)
    )
    return len((await session.scalars(statement)).all())


def _holds(table: Table, place: SealedPlace) -> Sequence[ColumnElement[bool]]:
    column = table.c[place.column]
    return column.is_not(None), cast(column, Text).contains(place.mark, autoescape=True)
