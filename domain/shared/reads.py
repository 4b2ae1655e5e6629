"""Reading without objects: statements of repositories, compiled once, answered by plain records.

A session makes objects that know what they were and what they are; whoever only shows rows pays for
that ten times over. A `Query` is the same SQL, written with the same tables, that goes straight to
the driver.
"""

import functools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import BindParameter, SelectBase, bindparam
from sqlalchemy.dialects.postgresql import asyncpg as dialects
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from domain.shared.connections import Connections
from domain.shared.lost import LOST_DATABASE, is_lost, tell_loss

Value = TypeVar("Value")
DIALECT = dialects.dialect()  # type: ignore[no-untyped-call]
MOST_COMPILED = 1000
"""Statements of one process; what is asked for of a row, and of a list, makes another one."""


class Record(asyncpg.Record):  # type: ignore[misc]
    """A row whose columns are attributes too, for code that expects objects."""

    __slots__ = ()

    def __getattr__(self, name: str) -> object:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


def turn_round(records: Sequence[asyncpg.Record]) -> Mapping[str, Sequence[object]]:
    """The columns of records of one statement, by name."""
    return dict(zip(records[0].keys(), zip(*records, strict=True), strict=True))


def find_place(records: Sequence[asyncpg.Record], name: str) -> int:
    """Where the columns of records have this one: a number is found quicker than a name."""
    return list(records[0].keys()).index(name) if records else 0


class Reader(Protocol):
    """What answers statements with records, as far as somebody in one workspace may see them."""

    async def fetch(self, sql: str, *values: object) -> Sequence[Record]:
        """The rows of a statement with `$1`, `$2`, …"""
        ...


Where = Reader | AsyncSession
"""Where a query is asked: each on its own, or in the transaction of a session."""


def parameter(name: str, kind: TypeEngine[Value]) -> BindParameter[Value]:
    """What is given to a `Query` by this name."""
    return bindparam(name, None, kind)


class Query:
    """A statement with named parameters, compiled once.

    Args:
        statement: What to select.
    """

    def __init__(self, statement: SelectBase) -> None:
        compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        self._fixed = {name: one for name, one in compiled.params.items() if one is not None}
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())

    async def fetch(self, where: Where, **values: object) -> Sequence[Record]:
        """Read."""
        reader = await reader_of(where) if isinstance(where, AsyncSession) else where
        given = {**self._fixed, **values}
        return await reader.fetch(self.sql, *(given[name] for name in self._names))


_compiled: OrderedDict[Hashable, Query] = OrderedDict()


def compile_once(key: Hashable, build: Callable[[], SelectBase]) -> Query:
    """The query of a key, made when it is asked for first; the longest unused are forgotten."""
    known = _compiled.get(key)
    if known is None:
        known = _compiled[key] = Query(build())
        if len(_compiled) > MOST_COMPILED:
            _compiled.popitem(last=False)
    else:
        _compiled.move_to_end(key)
    return known


@dataclass(frozen=True, slots=True)
class SessionReader:
    """Reads in the transaction of a session; what that has not written yet is not seen."""

    connection: asyncpg.Connection

    async def fetch(self, sql: str, *values: object) -> Sequence[Record]:
        """The rows of a statement."""
        rows: Sequence[Record] = await self.connection.fetch(sql, *values, record_class=Record)
        return rows


async def reader_of(session: AsyncSession) -> Reader:
    """The connection of a session."""
    pooled = await (await session.connection()).get_raw_connection()
    assert pooled.driver_connection is not None
    return SessionReader(pooled.driver_connection)


class Readers:
    """Connections for records; none is opened before somebody reads.

    Args:
        url: `postgresql+asyncpg://…` of the role.
        size: Connections kept; none beyond.
        options: What `asyncpg.connect` takes.
    """

    def __init__(self, url: str, size: int, options: Mapping[str, object]) -> None:
        self._url = url.replace("+asyncpg", "", 1)
        self._options = options
        self._connections = Connections(self._connect, size)

    async def fetch(
        self, sql: str, values: Sequence[object], workspace_id: UUID | None, user_id: UUID | None
    ) -> Sequence[Record]:
        """Read in a transaction of one statement, which is told who looks on the same way.

        Raises:
            Unavailable: PostgreSQL cannot be reached, went away in between, or does not answer.
        """
        here = (str(workspace_id or ""), str(user_id or ""))
        try:
            entered = enter(sql, len(values))
            return await self._connections.fetch(entered, (*values, *here), Record)
        except LOST_DATABASE as error:
            if is_lost(error):
                raise tell_loss() from error
            raise

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def _connect(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self._url, **self._options)
        await connection.set_type_codec(  # columns of JSON are read as what they say
            "jsonb", schema="pg_catalog", encoder=str, decoder=orjson.loads, format="text"
        )
        return connection


@dataclass(frozen=True, slots=True)
class PoolReader:
    """Reads for one person in one workspace; every statement sees what is committed by then."""

    readers: Readers
    workspace_id: UUID | None
    user_id: UUID | None

    async def fetch(self, sql: str, *values: object) -> Sequence[Record]:
        """The rows of a statement.

        Raises:
            Unavailable: PostgreSQL is away.
        """
        return await self.readers.fetch(sql, values, self.workspace_id, self.user_id)


@functools.lru_cache(MOST_COMPILED)
def enter(sql: str, count: int) -> str:
    """A statement that tells row-level security who is looking, and then looks.

    Its last two parameters are the workspace and the person. The settings end with the statement,
    which is a transaction of its own. Policies are asked below the `LATERAL`, which depends on the
    first setting and, because of its `OFFSET`, is never merged with what stands around it: so
    PostgreSQL has to compute the settings before it reads a row, whatever plan it chooses.
    """
    workspace, person = count + 1, count + 2
    here = (
        f"SELECT set_config('app.workspace_id', ${workspace}, true) AS workspace,"
        f" set_config('app.user_id', ${person}, true) AS person"
    )
    asked = (  # the statement is ours; what people give are its parameters
        f"SELECT * FROM ({sql}) AS asked"  # noqa: S608
        " WHERE here.workspace IS NOT NULL AND here.person IS NOT NULL OFFSET 0"
    )
    return f"SELECT found.* FROM ({here}) AS here CROSS JOIN LATERAL ({asked}) AS found"  # noqa: S608
