"""Carries something through to its end although the caller is cancelled meanwhile."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def finish(awaitable: Awaitable[T]) -> tuple[T, bool]:
    """Wait for the result, however often the caller is cancelled.

    Returns:
        The result, and whether the caller was cancelled: then it has to clear up and raise
        `asyncio.CancelledError` itself.
    """
    future = asyncio.ensure_future(awaitable)
    cancelled = False
    while not future.done():
        try:
            await asyncio.shield(future)
        except asyncio.CancelledError:
            cancelled = True
    return future.result(), cancelled
