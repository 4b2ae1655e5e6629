"""A page of a list as a repository describes it, read with no more columns than are shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy import Select, func, inspect, select

from domain.shared.database import Session
from domain.shared.paging import Column, Key, Page, PageRequest, limit_to_page
from domain.shared.reads import Reader, Record

Row = TypeVar("Row")


@dataclass(slots=True)
class PageQuery(Generic[Row]):
    """One page of one list.

    Attributes:
        statement: The whole list, filtered and not yet ordered.
        columns: What it is sorted by; none of them null, the last one unique.
        request: Its keys have one value per column.

    Raises:
        Invalid: A cursor of the request is of a list that is sorted by something else.
    """

    statement: Select[Row]
    columns: Sequence[Column]
    request: PageRequest
    _limited: Select[Row] = field(init=False)

    def __post_init__(self) -> None:
        self._limited = limit_to_page(self.statement, self.columns, self.request)

    def key_of(self, row: object) -> Key:
        """The place of a row in the list."""
        return tuple(getattr(row, column.key) for column in self.columns)

    async def read_rows(self, session: Session) -> Page[Row]:
        """The rows as objects."""
        return Page.cut((await session.scalars(self._limited)).all(), self.request)

    async def read(self, reader: Reader, wanted: frozenset[str] | None) -> Page[Record]:
        """The rows as records, with these columns and those of the cursor; None for all."""
        entity = self.columns[-1].class_
        names = inspect(entity).column_attrs.keys() if wanted is None else wanted
        keys = {*names, *(column.key for column in self.columns)}
        chosen = [getattr(entity, name) for name in sorted(keys)]
        records = await reader.select(self._limited.with_only_columns(*chosen))
        return Page.cut(records, self.request)

    async def count(self, session: Session) -> int:
        """How many rows the whole list has."""
        counted = select(func.count()).select_from(self.statement.subquery())
        return await session.scalar(counted) or 0
