"""Background tasks end for certain, though a library may lose a cancellation."""

import asyncio

POLL_SECONDS = 0.1


async def end_task(task: asyncio.Task[object] | None) -> None:
    """Cancel until the task is done; what it raised on the way is the task's own affair.

    Once is not enough: redis-py loses a cancellation that comes while it shakes hands.
    """
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=POLL_SECONDS)
