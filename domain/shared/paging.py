"""Keyset paging: a page is where it starts, which way it goes and how long it may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

Row = TypeVar("Row")
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


def limit_to_page(
    statement: Select[Row], columns: Sequence[Column], request: PageRequest
) -> Select[Row]:
    """Add what makes `statement` read one page and one row more.

    Args:
        statement: Filtered, not yet ordered.
        columns: What it is sorted by; none of them null, the last one unique.
        request: Its keys have one value per column.
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


def _beyond(columns: Sequence[Column], key: Key, *, down: bool) -> ColumnElement[bool]:
    """Rows after `key`: compared as one value, which an index on the columns serves."""
    row = tuple_(*columns)
    values = [literal(value, column.type) for value, column in zip(key, columns, strict=True)]
    bound = tuple_(*values)
    return row < bound if down else row > bound
