"""Whole lists as repositories describe them, read page by page with no more columns than are shown.

    MISSIONS = Listing(
        living_missions,
        conditions={"search": contains(Mission.name), "created_after": later(Mission.created_at)},
        orders={MissionOrder.NAME: (Mission.name, Mission.id), ...},
    )
    query = MISSIONS.page(workspace_id, MissionFilter(search="login"), MissionOrder.NAME, request)

A statement is compiled once for each choice of conditions, order, direction and columns.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.shared.batches import WORKSPACE, Parameter, Wanted, choose_columns
from domain.shared.paging import Column, Key, Page, PageRequest, bind_page, limit_to_page
from domain.shared.reads import Record, Where, compile_once, parameter

if TYPE_CHECKING:
    from dataclasses import Field

Row = TypeVar("Row")
Value = object


class Filter(Protocol):
    """A frozen dataclass; what is None, false or empty narrows nothing."""

    __dataclass_fields__: "ClassVar[dict[str, Field[object]]]"


@dataclass(frozen=True, slots=True)
class Condition:
    """What one field of a filter asks of a row.

    Attributes:
        build: Makes the SQL, with a parameter of the name that is given.
        convert: Makes the parameter's value from that of the field.
    """

    build: Callable[[str], ColumnElement[bool]]
    convert: Callable[[object], object] = lambda value: value


def equals(column: Column) -> Condition:
    """The column holds the value."""
    return Condition(lambda name: column == parameter(name, column.type))


def is_one_of(column: Column) -> Condition:
    """The column holds one of several texts."""

    def build(name: str) -> ColumnElement[bool]:
        return column == func.any(parameter(name, ARRAY(Text())))

    return Condition(build, lambda texts: sorted(cast("Iterable[str]", texts)))


def later(column: Column) -> Condition:
    """The column holds a later moment."""
    return Condition(lambda name: column > parameter(name, column.type))


def since(column: Column) -> Condition:
    """The column holds this moment or a later one."""
    return Condition(lambda name: column >= parameter(name, column.type))


def until(column: Column) -> Condition:
    """The column holds an earlier moment."""
    return Condition(lambda name: column < parameter(name, column.type))


def contains(*columns: Column) -> Condition:
    """One of the columns contains the text, in any case."""

    def build(name: str) -> ColumnElement[bool]:
        text = parameter(name, Text())
        return or_(*(column.icontains(text, escape="/") for column in columns))

    return Condition(build, lambda text: escape_pattern(str(text)))


def holds(column: Column) -> Condition:
    """The column is an array of texts, and this is one of them."""

    def build(name: str) -> ColumnElement[bool]:
        return column.contains(parameter(name, column.type))

    return Condition(build, lambda text: [text])


def escape_pattern(text: str) -> str:
    """A text as a pattern of LIKE that matches it alone; the escape character is a slash."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


class Listing(Generic[Row]):
    """A list of rows of one table.

    Args:
        build: Makes the statement of all rows of a workspace, not yet ordered.
        orders: What it can be sorted by; none of the columns null, the last one unique.
        conditions: By the names of the fields of its filter.
    """

    def __init__(
        self,
        build: Callable[[Parameter], Select[Row]],
        *,
        orders: Mapping[Enum, Sequence[Column]],
        conditions: Mapping[str, Condition] | None = None,
    ) -> None:
        self.orders = orders
        self._build = build
        self._conditions = conditions or {}

    def page(
        self,
        workspace_id: UUID,
        filtered: Filter | None,
        order: Enum,
        request: PageRequest,
    ) -> "PageQuery[Row]":
        """One page of the list.

        Raises:
            Invalid: A cursor of the request is of a list that is sorted by something else.
        """
        values = {name: getattr(filtered, name) for name in self._conditions if filtered}
        chosen = {name: value for name, value in values.items() if value}
        return PageQuery(self, workspace_id, chosen, order, request)

    def select(self, names: Sequence[str]) -> Select[Row]:
        """All rows that meet the conditions of these names."""
        statement = self._build(WORKSPACE)
        for name in names:
            statement = statement.where(self._conditions[name].build(f"filter_{name}"))
        return statement

    def bind(self, chosen: Mapping[str, object]) -> dict[str, object]:
        """The parameters of `select`."""
        return {
            f"filter_{name}": self._conditions[name].convert(value)
            for name, value in chosen.items()
        }


@dataclass(slots=True)
class PageQuery(Generic[Row]):
    """One page of one list.

    Attributes:
        chosen: What the rows have to meet, by the names of conditions.

    Raises:
        Invalid: A cursor of the request is of a list that is sorted by something else.
    """

    listing: Listing[Row]
    workspace_id: UUID
    chosen: Mapping[str, object]
    order: Enum
    request: PageRequest
    _bound: dict[str, object] = field(init=False)

    def __post_init__(self) -> None:
        self._bound = bind_page(self.columns, self.request)

    @property
    def columns(self) -> Sequence[Column]:
        """What the list is sorted by."""
        return self.listing.orders[self.order]

    def key_of(self, row: object) -> Key:
        """The place of a row in the list."""
        return tuple(getattr(row, column.key) for column in self.columns)

    async def read(self, where: Where, wanted: Wanted = None) -> Page[Record]:
        """The rows, with these columns and those of the cursor."""
        query = compile_once(
            (*self._key, self.order, self.request.shape, wanted),
            lambda: self._build_page(wanted),
        )
        records = await query.fetch(where, **self._parameters, **self._bound)
        return Page.cut(records, self.request)

    async def read_whole(self, where: Where) -> Page[Row]:
        """The rows with all their columns; records, which are read like objects."""
        return cast("Page[Row]", await self.read(where))

    async def count(self, where: Where) -> int:
        """How many rows the whole list has."""
        query = compile_once((*self._key, "count"), self._build_count)
        records = await query.fetch(where, **self._parameters)
        number: int = records[0][0]
        return number

    @property
    def _key(self) -> tuple[Hashable, ...]:
        return (self.listing, *self.chosen)

    @property
    def _parameters(self) -> dict[str, object]:
        return {"workspace": self.workspace_id, **self.listing.bind(self.chosen)}

    def _build_page(self, wanted: Wanted) -> Select[Row]:
        statement = self.listing.select(list(self.chosen))
        limited = limit_to_page(statement, self.columns, self.request.shape)
        return choose_columns(limited, wanted, *self.columns)

    def _build_count(self) -> Select[int]:
        rows = self.listing.select(list(self.chosen)).subquery()
        return select(func.count()).select_from(rows)
