"""Keyset paging: a page is where it starts, which way it goes and how long it may be."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, column, func, literal, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from domain.shared.errors import Invalid

Row = TypeVar("Row")
BIGGEST_NUMBER = 2**31 - 1
Column = InstrumentedAttribute[object]
Key = tuple[object, ...]
"""Values of the sort columns of one row, the id last, so that no two rows share a key."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Up to `limit` rows between the keys `after` and `before`, both exclusive.

    `from_end` takes the last rows of that stretch instead of the first; the rows come in the same
    order either way.
    """

    limit: int
    descending: bool = False
    after: Key | None = None
    before: Key | None = None
    from_end: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in order, and whether there are more on either side."""

    rows: tuple[Row, ...]
    has_next: bool
    has_previous: bool

    @classmethod
    def cut(cls, rows: Sequence[Row], request: PageRequest) -> "Page[Row]":
        """Make a page of what `limit_to_page` read: the surplus row only says that there is more."""
        more = len(rows) > request.limit
        kept = tuple(rows[: request.limit])
        if request.from_end:
            return cls(kept[::-1], has_next=request.before is not None, has_previous=more)
        return cls(kept, has_next=more, has_previous=request.after is not None)


@dataclass(frozen=True, slots=True)
class Siblings:
    """Rows that have one of `parents` in `column`, page by page of each parent."""

    column: Column
    parents: Collection[UUID]


def limit_to_page(
    statement: Select[Row], columns: Sequence[Column], request: PageRequest
) -> Select[Row]:
    """Add what makes `statement` read one page and one row more.

    Args:
        statement: Filtered, not yet ordered.
        columns: What it is sorted by; none of them null, the last one unique.
        request: Its keys have one value per column.

    Raises:
        Invalid: a key is of a list that is sorted by something else.
    """
    if request.after is not None:
        statement = statement.where(_beyond(columns, request.after, down=request.descending))
    if request.before is not None:
        statement = statement.where(_beyond(columns, request.before, down=not request.descending))
    backwards = request.descending is not request.from_end
    ordered = [column.desc() if backwards else column.asc() for column in columns]
    return statement.order_by(*ordered).limit(request.limit + 1)


async def read_page(
    session: AsyncSession,
    statement: Select[Row],
    columns: Sequence[Column],
    request: PageRequest,
) -> Page[Row]:
    """Read one page of `statement` with one statement."""
    rows = (await session.scalars(limit_to_page(statement, columns, request))).all()
    return Page.cut(rows, request)


async def read_pages(
    session: AsyncSession,
    siblings: Siblings,
    statement: Select[Row],
    columns: Sequence[Column],
    request: PageRequest,
) -> dict[UUID, Page[Row]]:
    """Read the same page of every parent's rows with one statement.

    Args:
        session: Where to read.
        siblings: Whose rows.
        statement: Filtered, but not by parent, and not yet ordered.
        columns: As for `limit_to_page`.
        request: As for `limit_to_page`.
    """
    backwards = request.descending is not request.from_end
    found = await _read_laterally(
        session,
        siblings,
        columns,
        lambda mine: limit_to_page(statement.where(mine), columns, request),
        backwards=backwards,
    )
    return {one: Page.cut(rows, request) for one, rows in found.items()}


async def read_last_of_each(
    session: AsyncSession,
    siblings: Siblings,
    statement: Select[Row],
    columns: Sequence[Column],
) -> dict[UUID, Row]:
    """Read the last row of every parent that has one, with one statement and one row each."""
    last = [column.desc() for column in columns]
    found = await _read_laterally(
        session,
        siblings,
        columns,
        lambda mine: statement.where(mine).order_by(*last).limit(1),
        backwards=True,
    )
    return {one: rows[0] for one, rows in found.items() if rows}


async def _read_laterally(
    session: AsyncSession,
    siblings: Siblings,
    columns: Sequence[Column],
    limit: Callable[[ColumnElement[bool]], Select[Row]],
    *,
    backwards: bool,
) -> dict[UUID, list[Row]]:
    """Seek once per parent in an index, instead of reading all rows of all parents."""
    found: dict[UUID, list[Row]] = {one: [] for one in siblings.parents}
    if not found:
        return found
    parent = column("parent", Uuid())
    ids = literal(list(found), ARRAY(Uuid()))
    wanted = func.unnest(ids).table_valued(parent, name="wanted").render_derived()
    limited = limit(siblings.column == wanted.c.parent).lateral()
    entity = aliased(siblings.column.class_, limited)
    keys = [getattr(entity, column.key) for column in columns]
    ordered = [key.desc() if backwards else key.asc() for key in keys]
    statement = select(entity).select_from(wanted).join(limited, true()).order_by(*ordered)
    for row in await session.scalars(statement):
        found[getattr(row, siblings.column.key)].append(row)
    return found


def _beyond(columns: Sequence[Column], key: Key, *, down: bool) -> ColumnElement[bool]:
    """Rows after `key`: compared as one value, which an index on the columns serves."""
    if len(key) != len(columns) or not all(map(_fits, key, columns)):
        raise Invalid("This cursor is of another list.")
    row = tuple_(*columns)
    values = [literal(value, column.type) for value, column in zip(key, columns, strict=True)]
    bound = tuple_(*values)
    return row < bound if down else row > bound


def _fits(value: object, column: Column) -> bool:
    """Whether a value can be compared with a column; cursors come from outside."""
    if not isinstance(value, column.type.python_type):
        return False
    if isinstance(value, datetime):
        return value.tzinfo is not None
    if isinstance(value, int):
        return abs(value) <= BIGGEST_NUMBER
    return not isinstance(value, str) or "\x00" not in value
