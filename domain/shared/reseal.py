"""Seals anew, under the current key, what the database keeps sealed: row by row, beside everybody.

A row is written only if it still holds what was read, so that nobody's change is lost; whoever was
faster has sealed with the current key. Rows that are sealed anew already are passed over, so that
a run which was broken off goes on where it stopped.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Text, cast, func, select, update

from domain.shared.crypto import SealBroken, Sealer, read_key_id
from domain.shared.database import Base, Session
from domain.shared.unit_of_work import UnitOfWork, UnitsOfWork

BATCH_ROWS = 100
MOST_PASSES = 5
"""A second one finds what others wrote during the first, by processes that had yet to look."""

Reseal = Callable[[str, str], str]
"""A sealed value and what it belongs to; returns what is to stand there instead."""


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """A column with sealed values, in a table whose key is `id`.

    Attributes:
        mark: Stands in the column, as text, wherever something is sealed; may be empty.
        rewrite: Returns a row's value with every sealed value in it passed through a `Reseal`.
    """

    table: str
    column: str
    rewrite: Callable[[UUID, object, Reseal], object]
    mark: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.table}.{self.column}"


@dataclass(slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        resealed: Rows that were written.
        broken: `table.column` and row id of values that no key opens; they stay as they are.
        old: Values that are still sealed with another key than the current one.
    """

    resealed: int = 0
    broken: list[tuple[str, UUID]] = field(default_factory=list)
    old: int = 0


async def count_by_key(units: UnitsOfWork, places: Sequence[SealedPlace]) -> Counter[str]:
    """How many values each key has sealed, by its id; an empty id stands for what is no seal."""
    counted: Counter[str] = Counter()

    def note(sealed: str, _belongs_to: str) -> str:
        counted[read_key_id(sealed)] += 1
        return sealed

    for place in places:
        async for rows in _read_all(units, place):
            for row_id, value in rows:
                place.rewrite(row_id, value, note)
    return counted


async def count_rows(units: UnitsOfWork, places: Sequence[SealedPlace]) -> int:
    """How many rows hold sealed values."""
    async with units.database.session() as session:
        counts = [await _count(session, place) for place in places]
    return sum(counts)


async def reseal(
    units: UnitsOfWork,
    sealer: Sealer,
    places: Sequence[SealedPlace],
    progress: Callable[[int], None],
) -> Outcome:
    """Seal everything with the current key.

    Args:
        units: Units of work of a role that sees all workspaces.
        sealer: Opens with every key, seals with the current one.
        places: All columns with sealed values.
        progress: Told how many rows were looked at, after each batch of the first pass.
    """
    outcome = Outcome()
    for number in range(MOST_PASSES):
        outcome.broken = []
        for place in places:
            async for rows in _read_all(units, place):
                async with units.begin() as uow:
                    outcome.resealed += await _reseal_rows(uow, sealer, place, rows, outcome)
                if number == 0:
                    progress(len(rows))
        counted = await count_by_key(units, places)
        outcome.old = counted.total() - counted[sealer.keys.current.id]
        if outcome.old <= len(outcome.broken):
            break
    return outcome


Row = tuple[UUID, object]


async def _reseal_rows(
    uow: UnitOfWork, sealer: Sealer, place: SealedPlace, rows: Sequence[Row], outcome: Outcome
) -> int:
    table = Base.metadata.tables[place.table]
    column = table.c[place.column]
    kept = {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}
    written = 0
    for row_id, value in rows:
        renewed = _renew(sealer, place, row_id, value, outcome)
        if renewed != value:
            statement = (
                update(table)
                .where(table.c.id == row_id, column == value)
                .values({place.column: renewed, **kept})
                .returning(table.c.id)
            )
            written += len((await uow.session.scalars(statement)).all())
    return written


def _renew(
    sealer: Sealer, place: SealedPlace, row_id: UUID, value: object, outcome: Outcome
) -> object:
    """The value under the current key; what cannot be opened stays as it is."""

    def renew(sealed: str, belongs_to: str) -> str:
        try:
            return sealer.reseal(sealed, belongs_to=belongs_to)
        except SealBroken:
            outcome.broken.append((place.name, row_id))
            return sealed

    return place.rewrite(row_id, value, renew)


async def _read_all(units: UnitsOfWork, place: SealedPlace) -> AsyncIterator[list[Row]]:
    """Rows with sealed values, batch by batch, by id."""
    last: UUID | None = None
    while True:
        async with units.database.session() as session:
            rows = await _read_batch(session, place, last)
        if rows:
            yield rows
        if len(rows) < BATCH_ROWS:
            return
        last = rows[-1][0]


async def _read_batch(session: Session, place: SealedPlace, last: UUID | None) -> list[Row]:
    table = Base.metadata.tables[place.table]
    column = table.c[place.column]
    statement = select(table.c.id, column).where(*_holds(table, place))
    if last is not None:
        statement = statement.where(table.c.id > last)
    found = await session.execute(statement.order_by(table.c.id).limit(BATCH_ROWS))
    return [(row[0], row[1]) for row in found]


async def _count(session: Session, place: SealedPlace) -> int:
    table = Base.metadata.tables[place.table]
    statement = select(func.count()).select_from(table).where(*_holds(table, place))
    return await session.scalar(statement) or 0


def _holds(table: Table, place: SealedPlace) -> Sequence[ColumnElement[bool]]:
    column = table.c[place.column]
    return column.is_not(None), cast(column, Text).contains(place.mark, autoescape=True)
