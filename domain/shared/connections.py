"""A few connections to PostgreSQL, each lent for one statement at a time.

The driver's own pool wraps every connection, resets it and gives it back in a task of its own, which
takes half as long as the statement (86 us of 58 us and 86 us); what only ever runs statements that
are transactions of their own needs none of that.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import asyncpg

Row = TypeVar("Row", bound=asyncpg.Record)
PATIENCE_SECONDS = 5
"""How long to wait for a connection."""


class Connections:
    """Opened when they are needed, and kept.

    Args:
        connect: Opens one.
        size: How many there are at most.
    """

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]], size: int) -> None:
        self._connect = connect
        self._idle: list[asyncpg.Connection] = []
        self._all: set[asyncpg.Connection] = set()
        self._free = size
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()

    async def fetch(self, sql: str, values: Sequence[object], kind: type[Row]) -> Sequence[Row]:
        """Run a statement outside any transaction.

        Raises:
            TimeoutError: All connections are busy, or PostgreSQL does not answer.
            OSError: It cannot be reached.
        """
        connection = await self._take()
        try:
            rows: Sequence[Row] = await connection.fetch(sql, *values, record_class=kind)
        except (asyncpg.PostgresError, asyncpg.InterfaceError):
            self._give_back(connection)
            raise
        except BaseException:  # interrupted: the statement may still run there
            connection.terminate()
            self._forget(connection)
            raise
        self._give_back(connection)
        return rows

    async def close(self) -> None:
        """Close all of them, also those that are busy."""
        closing, self._all = self._all, set()
        self._idle.clear()
        for connection in closing:
            try:
                await connection.close(timeout=PATIENCE_SECONDS)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()

    async def _take(self) -> asyncpg.Connection:
        while self._idle:
            connection = self._idle.pop()  # the one that was used last: the others may rest
            if not connection.is_closed():
                return connection
            self._forget(connection)
        if self._free:
            return await self._open()
        return await self._wait() or await self._open()

    async def _open(self) -> asyncpg.Connection:
        self._free -= 1
        try:
            connection = await self._connect()
        except BaseException:
            self._leave_place()
            raise
        self._all.add(connection)
        return connection

    async def _wait(self) -> asyncpg.Connection | None:
        """Wait for a connection, or for the place of one that was lost."""
        waiting: asyncio.Future[asyncpg.Connection | None]
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await waiting
        except BaseException:
            if waiting.done() and not waiting.cancelled():
                self._pass_on(waiting.result())  # it came when nobody waited any more
            raise

    def _give_back(self, connection: asyncpg.Connection) -> None:
        if connection.is_closed():
            self._forget(connection)
        else:
            self._pass_on(connection)

    def _forget(self, connection: asyncpg.Connection) -> None:
        self._all.discard(connection)
        self._leave_place()

    def _leave_place(self) -> None:
        self._free += 1
        self._pass_on(None)

    def _pass_on(self, connection: asyncpg.Connection | None) -> None:
        """Give a connection, or leave to open one, to whoever has waited for longest."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(connection)
                return
        if connection is not None:
            self._idle.append(connection)
