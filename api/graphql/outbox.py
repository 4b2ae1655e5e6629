"""What leaves on one socket: one message after the other, and only so many waiting."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog
from starlette.websockets import WebSocketDisconnect

from api.graphql.bounds import Bounds
from domain.shared.tasks import begin

log = structlog.get_logger()


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
        owner: Told once when the client takes too little, or when it has left.
    """

    __slots__ = (
        "_bounds",
        "_bytes",
        "_deliveries",
        "_is_closed",
        "_is_slow",
        "_is_writing",
        "_left",
        "_owner",
        "_posted",
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
        self._is_writing = self._is_slow = self._is_closed = False
        self._posted = self._left = 0
        self._waiting: deque[str] | None = None
        self._bytes = 0
        self._deliveries: dict[int, asyncio.Future[None]] | None = None
        self._task: asyncio.Task[None] | None = None

    def post(self, message: str) -> None:
        """Send as soon as the client takes it; mostly that is at once."""
        if self._is_closed:
            return
        self._posted += 1
        if self._is_writing:
            self._queue(message)
        else:
            self._is_writing = True
            self._task = begin(self._write(message))

    async def deliver(self, message: str) -> None:
        """Send, and return when it has left, or nothing leaves any more."""
        self.post(message)
        number = self._posted
        if self._left >= number or self._is_closed:
            return
        if self._deliveries is None:
            self._deliveries = {}
        left = self._deliveries[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._bounds.send_seconds):
                await left
        except TimeoutError:
            self._be_slow()
        finally:
            self._deliveries.pop(number, None)

    def close(self) -> None:
        """Send nothing more."""
        self._end()
        if self._task is not None:
            self._task.cancel()

    def _queue(self, message: str) -> None:
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(message)
        self._bytes += len(message.encode())
        if self._bytes > self._bounds.waiting_bytes:
            self._be_slow()

    async def _write(self, message: str) -> None:
        try:
            await self._send(message)
            self._count()
            while self._waiting:
                message = self._waiting.popleft()
                self._bytes -= len(message.encode())
                await self._send(message)
                self._count()
        except (WebSocketDisconnect, RuntimeError, OSError):
            self._be_gone()
        except Exception as error:  # process edge: what waits behind it cannot be sent either
            log.error("socket.send_failed", exc_info=error)
            self._be_gone()
        finally:
            self._is_writing = False

    def _count(self) -> None:
        self._left += 1
        if self._deliveries:
            self._release(self._deliveries.get(self._left))

    def _be_slow(self) -> None:
        if not self._is_slow and not self._is_closed:
            self._is_slow = True
            self._owner.be_slow()

    def _be_gone(self) -> None:
        if not self._is_closed:
            self._end()
            self._owner.be_gone()

    def _end(self) -> None:
        self._is_closed = True
        self._waiting = None
        for left in (self._deliveries or {}).values():
            self._release(left)

    @staticmethod
    def _release(left: "asyncio.Future[None] | None") -> None:
        if left is not None and not left.done():
            left.set_result(None)
