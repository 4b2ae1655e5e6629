"""Reading without objects: statements of repositories, compiled once, answered by plain records.

A session makes objects that know what they were and what they are; whoever only shows rows pays for
that ten times over. A `Query` is the same SQL, written with the same tables, that goes straight to
the driver.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import SelectBase
from sqlalchemy.dialects.postgresql import asyncpg as dialects
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.cache_key import CacheKey

DIALECT = dialects.dialect()  # type: ignore[no-untyped-call]
MOST_COMPILED = 500
"""Statements of one process; a filter that is set or not makes another one."""


class Record(asyncpg.Record):  # type: ignore[misc]
    """A row whose columns are attributes too, for code that expects objects."""

    __slots__ = ()

    def __getattr__(self, name: str) -> object:
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(name) from error


class Compiled:
    """A statement as the driver takes it, and all that differ from it in their values alone.

    Args:
        statement: What to select.
        cache_key: What others like it have in common, as SQLAlchemy says.
    """

    def __init__(self, statement: SelectBase, cache_key: CacheKey | None = None) -> None:
        self._compiled = statement.compile(dialect=DIALECT, cache_key=cache_key)

    def fill(self, like: CacheKey | None = None) -> tuple[str, list[object]]:
        """SQL with `$1`, `$2`, … and their values, of this statement or of another one `like` it."""
        extracted = None if like is None else like.bindparams
        given = self._compiled.construct_params(extracted_parameters=extracted)
        state = self._compiled.construct_expanded_state(given)
        return state.statement, list(state.positional_parameters)


_compiled: OrderedDict[object, Compiled] = OrderedDict()


def compile_cached(statement: SelectBase) -> tuple[str, list[object]]:
    """SQL and values; statements that differ in their values alone are compiled once."""
    cache_key = statement._generate_cache_key()
    if cache_key is None:
        return Compiled(statement).fill()
    known = _compiled.get(cache_key.key)
    if known is None:
        known = _compiled[cache_key.key] = Compiled(statement, cache_key)
        if len(_compiled) > MOST_COMPILED:
            _compiled.popitem(last=False)
    else:
        _compiled.move_to_end(cache_key.key)
    return known.fill(like=cache_key)


@dataclass(frozen=True, slots=True)
class Reader:
    """A short read transaction in one workspace."""

    connection: asyncpg.Connection

    async def fetch(self, sql: str, *values: object) -> Sequence[Record]:
        """The rows of a statement with `$1`, `$2`, …"""
        rows: Sequence[Record] = await self.connection.fetch(sql, *values, record_class=Record)
        return rows

    async def select(self, statement: SelectBase) -> Sequence[Record]:
        """The rows of a statement of a repository."""
        sql, values = compile_cached(statement)
        return await self.fetch(sql, *values)


class Query:
    """A statement with named parameters (`bindparam`), compiled once.

    Args:
        statement: What to select.
    """

    def __init__(self, statement: SelectBase) -> None:
        compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
        self.sql = str(compiled)
        self.fixed: Mapping[str, object] = compiled.params
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())

    async def fetch(self, where: Reader | AsyncSession, **values: object) -> Sequence[Record]:
        """Read, in the transaction of a reader or a session."""
        reader = where if isinstance(where, Reader) else await reader_of(where)
        given = {**self.fixed, **values}
        return await reader.fetch(self.sql, *(given[name] for name in self.names))


async def reader_of(session: AsyncSession) -> Reader:
    """The connection of a session; what the session has not written yet is not seen."""
    pooled = await (await session.connection()).get_raw_connection()
    assert pooled.driver_connection is not None
    return Reader(pooled.driver_connection)


class Readers:
    """A pool of connections for records; none is opened before somebody reads.

    Args:
        url: `postgresql+asyncpg://…` of the role.
        size: Connections kept; none beyond.
        options: What `asyncpg.connect` takes.
    """

    def __init__(self, url: str, size: int, options: Mapping[str, object]) -> None:
        self._url = url.replace("+asyncpg", "", 1)
        self._size = size
        self._options = options
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def open(
        self, workspace_id: UUID | None, user_id: UUID | None, patience_seconds: float
    ) -> AsyncIterator[Reader]:
        """A transaction that begins, and is told who looks, in one go."""
        pool = await self._find_pool()
        async with pool.acquire(timeout=patience_seconds) as connection:
            await connection.execute(begin(workspace_id, user_id))
            yield Reader(connection)
            await connection.execute("COMMIT")

    async def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _find_pool(self) -> asyncpg.Pool:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=self._size,
                    init=read_json,
                    reset=end_transaction,
                    **self._options,
                )
        return self._pool


async def read_json(connection: asyncpg.Connection) -> None:
    """Columns of JSON are read as what they say."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=str, decoder=orjson.loads, format="text"
    )


async def end_transaction(connection: asyncpg.Connection) -> None:
    """What a reader that was interrupted left open ends; one that came to its end left nothing."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


def begin(workspace_id: UUID | None, user_id: UUID | None) -> str:
    """A transaction that only reads; ids are the only values in it, and written by `UUID`."""
    return (
        "BEGIN READ ONLY;"
        f"SELECT set_config('app.workspace_id', '{workspace_id or ''}', true),"
        f" set_config('app.user_id', '{user_id or ''}', true)"
    )
