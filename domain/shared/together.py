"""The same question, asked by many at once: one answer for all who asked before it was looked for."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Together(Generic[Key, Value]):
    """Shares answers that must not be older than the question.

    Who asks while somebody else's answer is being looked for does not get that one: it may have been
    true before his question only. He gets the next one, together with all who asked meanwhile.

    Args:
        find: Looks for an answer.
    """

    def __init__(self, find: Callable[[Key], Awaitable[Value]]) -> None:
        self._find = find
        self._running: dict[Key, asyncio.Future[None]] = {}
        self._next: dict[Key, asyncio.Task[Value]] = {}

    async def ask(self, key: Key) -> Value:
        """The answer, looked for after this was called."""
        running = self._running.get(key)
        if running is None:
            return await self._look(key)
        coming = self._next.get(key)
        if coming is None:
            coming = asyncio.create_task(self._look_after(running, key), name="look-together")
            self._next[key] = coming
        return await asyncio.shield(coming)

    async def _look_after(self, running: "asyncio.Future[None]", key: Key) -> Value:
        await asyncio.wait([running])
        del self._next[key]  # whoever asks from here on asks for a later one
        return await self._look(key)

    async def _look(self, key: Key) -> Value:
        done = asyncio.get_running_loop().create_future()
        self._running[key] = done
        try:
            return await self._find(key)
        finally:
            if self._running.get(key) is done:
                del self._running[key]
            done.set_result(None)
