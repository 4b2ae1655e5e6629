"""Background tasks: some begin at once, and all end for certain."""

import asyncio
import types
from collections.abc import Coroutine, Generator

POLL_SECONDS = 0.1


async def end_task(task: asyncio.Task[object] | None) -> None:
    """Cancel until the task is done; what it raised on the way is the task's own affair.

    Once is not enough: redis-py loses a cancellation that comes while it shakes hands.
    """
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=POLL_SECONDS)


def begin(coroutine: Coroutine[object, object, None]) -> asyncio.Task[None] | None:
    """Run a coroutine until it has to wait; the rest runs in a task. None where there is no rest.

    A task for each of many things that mostly need not wait takes as long as the things themselves.
    (`Task(eager_start=True)` of Python 3.12 does the same.) The coroutine must not ask which task
    it runs in before it waits for the first time, as timeouts do.
    """
    try:
        awaited = coroutine.send(None)
    except StopIteration:
        return None
    rest = _go_on(coroutine, awaited)
    rest.send(None)  # to where a cancellation is passed on, should one come before the task runs
    return asyncio.create_task(rest)


async def _go_on(coroutine: Coroutine[object, object, None], awaited: object) -> None:
    await _rest(coroutine, awaited)


@types.coroutine
def _rest(
    coroutine: Coroutine[object, object, None], awaited: object
) -> Generator[object, object, None]:
    try:
        try:
            yield None
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - to be told
            awaited = coroutine.throw(error)
        while True:
            try:
                value = yield awaited
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - to be told
                awaited = coroutine.throw(error)
            else:
                awaited = coroutine.send(value)
    except StopIteration:
        return
    except GeneratorExit:  # thrown away, and perhaps the coroutine before it
        coroutine.close()
        raise
