"""Keyset paging: a page is where it starts, which way it goes and how long it may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Integer, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from domain.shared.errors import Invalid
from domain.shared.reads import parameter

Row = TypeVar("Row")
BIGGEST_NUMBER = 2**31 - 1
Column = InstrumentedAttribute[object]
Key = tuple[object, ...]
"""Values of the sort columns of one row, the id last, so that no two rows share a key."""


@dataclass(frozen=True, slots=True)
class PageShape:
    """What the SQL of a page depends on; all else are its parameters."""

    descending: bool
    from_end: bool
    has_after: bool
    has_before: bool


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

    @property
    def shape(self) -> PageShape:
        """What requests have in common that differ in their keys and length alone."""
        return PageShape(
            self.descending, self.from_end, self.after is not None, self.before is not None
        )


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
    statement: Select[Row], columns: Sequence[Column], shape: PageShape
) -> Select[Row]:
    """Add what makes `statement` read one page and one row more.

    Args:
        statement: Filtered, not yet ordered.
        columns: What it is sorted by; none of them null, the last one unique.
        shape: Of the requests it will serve, with the parameters of `bind_page`.
    """
    if shape.has_after:
        statement = statement.where(_beyond(columns, "after", down=shape.descending))
    if shape.has_before:
        statement = statement.where(_beyond(columns, "before", down=not shape.descending))
    backwards = shape.descending is not shape.from_end
    limit = parameter("page_rows", Integer())
    return statement.order_by(*order_by(columns, descending=backwards)).limit(limit)


def bind_page(columns: Sequence[Column], request: PageRequest) -> dict[str, object]:
    """The parameters of a statement that `limit_to_page` made.

    Raises:
        Invalid: a key is of a list that is sorted by something else.
    """
    bound: dict[str, object] = {"page_rows": request.limit + 1}
    for side, key in (("after", request.after), ("before", request.before)):
        if key is None:
            continue
        if len(key) != len(columns) or not all(map(_fits, key, columns)):
            raise Invalid("This cursor is of another list.")
        bound |= {f"{side}_{place}": value for place, value in enumerate(key)}
    return bound


def order_by(columns: Sequence[Column], *, descending: bool) -> list[ColumnElement[object]]:
    """All columns in one direction, which an index on them serves either way."""
    return [column.desc() if descending else column.asc() for column in columns]


def _beyond(columns: Sequence[Column], side: str, *, down: bool) -> ColumnElement[bool]:
    """Rows beyond a key: compared as one value, which an index on the columns serves."""
    bound = tuple_(
        *(parameter(f"{side}_{place}", column.type) for place, column in enumerate(columns))
    )
    row = tuple_(*columns)
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
