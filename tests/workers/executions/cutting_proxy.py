"""A proxy before PostgreSQL that can swallow the reply to a commit and cut the connection."""

import asyncio
import contextlib
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
COMMIT = b"Q\x00\x00\x00\x0cCOMMIT;\x00"
"""asyncpg's simple query for a commit (PostgreSQL 16 documentation, 55.7, message Query)."""


class CuttingProxy:
    """Listens in `directory`, forwards to `target`.

    While `cuts_left` is positive, the next commit reaches PostgreSQL, its reply does not come back,
    and the connection ends: what a broken cable does at the worst moment.
    """

    def __init__(self, target: str, directory: Path) -> None:
        self._target = target
        self._directory = directory
        self._server: asyncio.Server | None = None
        self.cuts_left = 0
        self.cuts = 0

    async def __aenter__(self) -> "CuttingProxy":
        path = str(self._directory / SOCKET)
        self._server = await asyncio.start_unix_server(self._serve, path)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_unix_connection(self._target)
        replies = asyncio.create_task(self._pass_on(upstream_reader, writer))
        try:
            while data := await reader.read(65536):
                if COMMIT in data and self.cuts_left > 0:
                    self.cuts_left -= 1
                    replies.cancel()
                    await asyncio.gather(replies, return_exceptions=True)
                    upstream_writer.write(data)
                    await upstream_reader.read(65536)
                    self.cuts += 1
                    break
                upstream_writer.write(data)
        finally:
            replies.cancel()
            writer.close()
            upstream_writer.close()
            await asyncio.gather(replies, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
            writer.close()
