"""Statements that read rows for many keys at once; what loads the relations of the API.

    @many_per(MissionTest.scenario_id)
    def read_tests_of_scenarios(workspace: Parameter, ids: Parameter) -> Select[MissionTest]:
        return _living_tests(workspace).where(among(MissionTest.scenario_id, ids)).order_by(...)

    @page_per(Execution.parent_id, by=(Execution.position, Execution.id))
    def page_children(workspace: Parameter) -> Select[Execution]:
        return _executions(workspace)

`read` gives records by key, with the columns that somebody wants to show; a statement is compiled
once for each choice of them. Called with a session, a batch of whole rows returns objects.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, func, inspect, select, true
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from domain.shared.database import Session
from domain.shared.paging import (
    Column,
    Page,
    PageRequest,
    PageShape,
    bind_page,
    limit_to_page,
    order_by,
)
from domain.shared.reads import Record, Where, compile_once, find_place, parameter

Row = TypeVar("Row")
Found = TypeVar("Found")
Shown = TypeVar("Shown")
Parameter = ColumnElement[UUID]
Build = Callable[[Parameter, Parameter], Select[Row]]
BuildAll = Callable[[Parameter], Select[Row]]
Wanted = frozenset[str] | None
"""Columns that somebody wants to show; None for all."""
WORKSPACE: Parameter = parameter("workspace", Uuid())
KEYS = cast("Parameter", parameter("keys", ARRAY(Uuid())))


class Batch(Generic[Row, Found]):
    """One statement for the rows of many keys.

    Args:
        key: The column that says whose a row is.
        build: Makes the statement from its two parameters, the workspace and the keys.
        many: Whether a key has several rows, in the statement's order.
    """

    def __init__(self, key: Column, build: "Build[Row]", *, many: bool) -> None:
        self.key = key
        self.many = many
        self.build = build
        self._statement: Select[Row] | None = None

    @property
    def statement(self) -> Select[Row]:
        """With its two parameters."""
        if self._statement is None:
            self._statement = self.build(WORKSPACE, KEYS)
        return self._statement

    async def __call__(
        self, session: Session, workspace_id: UUID, keys: Collection[UUID]
    ) -> dict[UUID, Found]:
        """Objects by key; keys without rows are missing, or have none."""
        given = {"workspace": workspace_id, "keys": list(keys)}
        rows = (await session.scalars(self.statement, given)).all()
        return cast("dict[UUID, Found]", self._sort(rows, keys, attrgetter(self.key.key)))

    async def read(
        self, where: Where, workspace_id: UUID, keys: Collection[UUID], wanted: Wanted = None
    ) -> Mapping[UUID, Record | list[Record]]:
        """Records by key, with these columns and the key's."""
        if not keys:
            return {}
        query = compile_once((self, wanted), lambda: self.choose(wanted))
        records = await query.fetch(where, workspace=workspace_id, keys=list(keys))
        place = find_place(records, self.key.key)
        return self._sort(records, keys, itemgetter(place))

    def choose(self, wanted: Wanted) -> Select[Row]:
        """The statement with these columns and the key's."""
        return choose_columns(self.statement, wanted, self.key)

    def _sort(
        self, rows: Sequence[Shown], keys: Collection[UUID], key_of: Callable[[Shown], UUID]
    ) -> Mapping[UUID, Shown | list[Shown]]:
        if not self.many:
            return {key_of(row): row for row in rows}
        found: dict[UUID, list[Shown]] = {key: [] for key in keys}
        for key, neighbours in groupby(rows, key_of):
            found[key].extend(neighbours)
        return found


class PageBatch(Generic[Row]):
    """The same page of the rows of each of many keys: one seek in an index for each key.

    Args:
        key: The column that says whose a row is.
        by: What the rows of a key are sorted by; none of them null, the last one unique.
        build: Makes the statement of all rows of a workspace.
    """

    def __init__(self, key: Column, by: Sequence[Column], build: "BuildAll[Row]") -> None:
        self.key = key
        self.by = by
        self.build = build

    async def read(
        self,
        where: Where,
        workspace_id: UUID,
        keys: Collection[UUID],
        request: PageRequest,
        wanted: Wanted = None,
    ) -> Mapping[UUID, Page[Record]]:
        """Pages by key, of records with these columns and those they are sorted by.

        Raises:
            Invalid: A cursor of the request is of another list.
        """
        bound = bind_page(self.by, request)
        if not keys:
            return {}
        shape = request.shape
        query = compile_once((self, shape, wanted), lambda: self._build_page(shape, wanted))
        records = await query.fetch(where, workspace=workspace_id, keys=list(keys), **bound)
        found: dict[UUID, list[Record]] = {key: [] for key in keys}
        name = self.key.key
        for record in records:
            found[record[name]].append(record)
        return {key: Page.cut(rows, request) for key, rows in found.items()}

    async def count(
        self, where: Where, workspace_id: UUID, keys: Collection[UUID]
    ) -> Mapping[UUID, int]:
        """How many rows each key has."""
        if not keys:
            return {}
        query = compile_once((self, "count"), self._build_count)
        records = await query.fetch(where, workspace=workspace_id, keys=list(keys))
        return {**dict.fromkeys(keys, 0), **{record[0]: record[1] for record in records}}

    def _build_page(self, shape: PageShape, wanted: Wanted) -> Select[Row]:
        backwards = shape.descending is not shape.from_end
        return look_up_each(
            self.key,
            self.by,
            lambda mine: limit_to_page(self.build(WORKSPACE).where(mine), self.by, shape),
            wanted,
            descending=backwards,
        )

    def _build_count(self) -> Select[UUID, int]:
        mine = self.build(WORKSPACE).where(among(self.key, KEYS))
        key = cast("ColumnElement[UUID]", self.key)
        return mine.with_only_columns(key, func.count()).group_by(key)


class LastBatch(Batch[Row, Row]):
    """The last row of each of many keys, in some order: one seek in an index for each key.

    Args:
        key: The column that says whose a row is.
        by: What the rows of a key are sorted by.
        build: Makes the statement of all rows of a workspace.
    """

    def __init__(self, key: Column, by: Sequence[Column], build: "BuildAll[Row]") -> None:
        super().__init__(key, lambda *_: self._look_up(None), many=False)
        self.by = by
        self.build_all = build

    def choose(self, wanted: Wanted) -> Select[Row]:
        """The statement with these columns, the key's and those it is sorted by."""
        return self._look_up(wanted)

    def _look_up(self, wanted: Wanted) -> Select[Row]:
        last = order_by(self.by, descending=True)
        return look_up_each(
            self.key,
            self.by,
            lambda mine: self.build_all(WORKSPACE).where(mine).order_by(*last).limit(1),
            wanted,
            descending=True,
        )


def look_up_each(
    key: Column,
    by: Sequence[Column],
    limit: Callable[[ColumnElement[bool]], Select[Row]],
    wanted: Wanted,
    *,
    descending: bool,
) -> Select[Row]:
    """Read a few rows of each key, instead of all rows of all keys."""
    parent = sql_column("parent", Uuid())
    keys = func.unnest(KEYS).table_valued(parent, name="wanted").render_derived()
    limited = limit(key == keys.c.parent).lateral()
    entity = aliased(key.class_, limited)
    ordered = [getattr(entity, column.key) for column in by]
    if wanted is None:
        statement = select(entity)
    else:
        names = wanted | {key.key, *(column.key for column in by)}
        statement = select(*(getattr(entity, name) for name in sorted(names)))
    joined = statement.select_from(keys).join(limited, true())
    return joined.order_by(*order_by(ordered, descending=descending))


def choose_columns(statement: Select[Row], wanted: Wanted, *needed: Column) -> Select[Row]:
    """A statement of whole rows with the columns that are wanted, and those that are needed.

    A statement that computes columns of its own stays as it is.
    """
    described = statement.column_descriptions[0]
    entity = described["entity"]
    if described["expr"] is not entity:
        return statement
    names = inspect(entity).mapper.column_attrs.keys() if wanted is None else wanted
    chosen = sorted({*names, *(column.key for column in needed)})
    return statement.with_only_columns(*(getattr(entity, name) for name in chosen))


def one_per(key: Column) -> "Callable[[Build[Row]], Batch[Row, Row]]":
    """At most one row for each key."""
    return lambda build: Batch(key, build, many=False)


def many_per(key: Column) -> "Callable[[Build[Row]], Batch[Row, list[Row]]]":
    """Any number of rows for each key, in the statement's order."""
    return lambda build: Batch(key, build, many=True)


def last_per(key: Column, *, by: Sequence[Column]) -> "Callable[[BuildAll[Row]], LastBatch[Row]]":
    """The last row of each key that has one."""
    return lambda build: LastBatch(key, by, build)


def page_per(key: Column, *, by: Sequence[Column]) -> "Callable[[BuildAll[Row]], PageBatch[Row]]":
    """A page of the rows of each key."""
    return lambda build: PageBatch(key, by, build)


def among(column: Column, keys: Parameter) -> ColumnElement[bool]:
    """Whether a column holds one of the keys; one parameter, however many they are."""
    return column == func.any(keys)
