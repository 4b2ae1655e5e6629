"""What leaves on one socket: one message after the other, and only so many waiting."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.websockets import WebSocketDisconnect

from api.graphql.bounds import Bounds
from domain.shared.tasks import begin


class Owner(Protocol):
    """Who sends through an outbox."""

    def be_slow(self) -> None:
        """The client takes too little, or nothing for too long."""
        ...

    def be_gone(self) -> None:
        """The client has left."""
        ...


class Outbox:
    """Writes to a client; whoever takes nothing holds up only himself, and not for long.

    Args:
        send: Writes one message; it waits while the client takes nothing.
        bounds: How much may wait, and how long.
        owner: Told when the client takes too little, or has left.
    """

    __slots__ = (
        "_bounds",
        "_bytes",
        "_emptied",
        "_is_writing",
        "_owner",
        "_send",
        "_task",
        "_waiting",
    )

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        bounds: Bounds,
        owner: Owner,
    ) -> None:
        self._send = send
        self._bounds = bounds
        self._owner = owner
        self._is_writing = False
        self._waiting: deque[str] | None = None
        self._bytes = 0
        self._emptied: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    def post(self, message: str) -> None:
        """Send as soon as the client takes it; mostly that is at once."""
        if self._is_writing:
            self._queue(message)
        else:
            self._is_writing = True
            self._task = begin(self._write(message))

    async def deliver(self, message: str) -> None:
        """Send, and return when the client takes more."""
        self.post(message)
        if not self._is_writing:
            return
        self._emptied = self._emptied or asyncio.Event()
        self._emptied.clear()
        try:
            async with asyncio.timeout(self._bounds.send_seconds):
                await self._emptied.wait()
        except TimeoutError:
            self._owner.be_slow()

    def close(self) -> None:
        """Send nothing more."""
        if self._task is not None:
            self._task.cancel()
        self._waiting = None

    def _queue(self, message: str) -> None:
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(message)
        self._bytes += len(message)
        if self._bytes > self._bounds.waiting_bytes:
            self._owner.be_slow()

    async def _write(self, message: str) -> None:
        try:
            await self._send(message)
            while self._waiting:
                message = self._waiting.popleft()
                self._bytes -= len(message)
                await self._send(message)
        except (WebSocketDisconnect, RuntimeError, OSError):
            self._owner.be_gone()
        finally:
            self._is_writing = False
            if self._emptied is not None:
                self._emptied.set()
