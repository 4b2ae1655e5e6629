"""Statements that read rows for many keys at once; what loads the relations of the API.

    @many_per(MissionTest.scenario_id)
    def read_tests_of_scenarios(workspace: Parameter, ids: Parameter) -> Select[MissionTest]:
        return _living_tests(workspace).where(among(MissionTest.scenario_id, ids)).order_by(...)

Called with a session, a workspace and keys it returns objects by key. `read` gives records with the
columns that somebody wants to show; it is compiled once for each choice of them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Generic, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, func, inspect
from sqlalchemy.dialects.postgresql import ARRAY

from domain.shared.database import Session
from domain.shared.paging import Column
from domain.shared.reads import Query, Reader, Record

Row = TypeVar("Row")
Found = TypeVar("Found")
Shown = TypeVar("Shown")
Parameter = ColumnElement[UUID]
Build = Callable[[Parameter, Parameter], Select[Row]]
WORKSPACE: Parameter = bindparam("workspace", type_=Uuid())
KEYS = cast("Parameter", bindparam("keys", type_=ARRAY(Uuid())))


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
        self._queries: dict[frozenset[str] | None, Query] = {}

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
        name = self.key.key
        return cast("dict[UUID, Found]", self._sort(rows, keys, lambda row: getattr(row, name)))

    async def read(
        self,
        reader: Reader,
        workspace_id: UUID,
        keys: Collection[UUID],
        columns: frozenset[str] | None,
    ) -> Mapping[UUID, Record | list[Record]]:
        """Records by key, with these columns and the key's, or with all."""
        if not keys:
            return {}
        query = self._queries.get(columns)
        if query is None:
            query = self._queries[columns] = self._compile(columns)
        records = await query.fetch(reader, workspace=workspace_id, keys=list(keys))
        name = self.key.key
        return self._sort(records, keys, lambda record: record[name])

    def _compile(self, columns: frozenset[str] | None) -> Query:
        entity = self.statement.column_descriptions[0]["entity"]
        if columns is None:
            columns = frozenset(inspect(entity).mapper.column_attrs.keys())
        wanted = [getattr(entity, name) for name in sorted(columns | {self.key.key})]
        return Query(self.statement.with_only_columns(*wanted))

    def _sort(
        self, rows: Sequence[Shown], keys: Collection[UUID], key_of: Callable[[Shown], UUID]
    ) -> dict[UUID, Shown | list[Shown]]:
        if not self.many:
            return {key_of(row): row for row in rows}
        found: dict[UUID, list[Shown]] = {key: [] for key in keys}
        for row in rows:
            found[key_of(row)].append(row)
        return {**found}


def one_per(key: Column) -> "Callable[[Build[Row]], Batch[Row, Row]]":
    """At most one row for each key."""
    return lambda build: Batch(key, build, many=False)


def many_per(key: Column) -> "Callable[[Build[Row]], Batch[Row, list[Row]]]":
    """Any number of rows for each key, in the statement's order."""
    return lambda build: Batch(key, build, many=True)


def among(column: Column, keys: Parameter) -> ColumnElement[bool]:
    """Whether a column holds one of the keys; one parameter, however many they are."""
    return column == func.any(keys)
