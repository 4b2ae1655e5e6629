"""What is begun runs at once; what is left of it once it has to wait runs in a task."""

import asyncio
import gc
import sys
from collections.abc import Awaitable, Callable, Coroutine

import pytest

from domain.shared.tasks import begin

pytestmark = pytest.mark.unit

SECONDS = 5


class Work:
    """A coroutine that notes how far it got."""

    def __init__(self) -> None:
        self.steps: list[object] = []

    async def wait_for(self, *awaited: Awaitable[object]) -> None:
        """Wait for one thing after the other."""
        self.steps.append("begun")
        for one in awaited:
            try:
                self.steps.append(await one)
            except BaseException as error:
                self.steps.append(type(error))
                raise
        self.steps.append("done")


def begun(work: Coroutine[object, object, None]) -> asyncio.Task[None]:
    """Begin something that has to wait."""
    task = begin(work)
    assert task is not None
    return task


async def outcome(task: asyncio.Task[None]) -> BaseException | type[asyncio.CancelledError] | None:
    """How a task ends."""
    await asyncio.wait([task], timeout=SECONDS)
    assert task.done()
    return asyncio.CancelledError if task.cancelled() else task.exception()


async def pass_on(value: object) -> object:
    """Awaited, but nothing to wait for."""
    return value


async def test_what_need_not_wait_is_done_at_once_and_without_a_task():
    before, work = asyncio.all_tasks(), Work()
    assert begin(work.wait_for(pass_on(1), pass_on(2))) is None
    assert work.steps == ["begun", 1, 2, "done"]
    assert asyncio.all_tasks() == before


async def test_an_event_that_is_set_already_and_a_free_lock_need_no_task():
    event, lock, work = asyncio.Event(), asyncio.Lock(), Work()
    event.set()
    assert begin(work.wait_for(event.wait(), lock.acquire())) is None
    assert work.steps == ["begun", True, True, "done"]


async def test_what_has_to_wait_goes_on_in_one_task():
    before, work, event = asyncio.all_tasks(), Work(), asyncio.Event()
    task = begun(work.wait_for(pass_on(1), event.wait(), pass_on(2)))
    assert work.steps == ["begun", 1]
    assert asyncio.all_tasks() - before == {task}
    event.set()
    assert await outcome(task) is None
    assert work.steps == ["begun", 1, True, 2, "done"]


async def queued() -> object:
    """What a queue hands over, and it is not there at once."""
    queue: asyncio.Queue[str] = asyncio.Queue()
    asyncio.get_running_loop().call_soon(queue.put_nowait, "queued")
    return await queue.get()


async def gathered() -> object:
    """What others find out."""
    return await asyncio.gather(pass_on(1), asyncio.sleep(0, 2))


async def timed_out() -> object:
    """A limit of time, which asks in which task it runs."""
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
    except TimeoutError:
        return "late"


async def in_a_thread() -> object:
    """What another thread finds out."""
    return await asyncio.to_thread(lambda: "threaded")


@pytest.mark.parametrize(
    ("awaited", "expected"),
    [
        (lambda: asyncio.sleep(0, "slept"), "slept"),
        (lambda: asyncio.create_task(pass_on("a task")), "a task"),
        (queued, "queued"),
        (gathered, [1, 2]),
        (timed_out, "late"),
        (in_a_thread, "threaded"),
    ],
    ids=["a turn", "a task", "a queue", "others", "a limit", "a thread"],
)
async def test_it_may_wait_for_anything(awaited: Callable[[], Awaitable[object]], expected: object):
    work = Work()
    task = begun(work.wait_for(awaited(), awaited()))
    assert work.steps == ["begun"]
    assert await outcome(task) is None
    assert work.steps == ["begun", expected, expected, "done"]


async def test_what_is_there_before_the_task_has_run_is_not_missed():
    work, future = Work(), asyncio.get_running_loop().create_future()
    task = begun(work.wait_for(future))
    future.set_result("soon")
    assert await outcome(task) is None
    assert work.steps == ["begun", "soon", "done"]


async def test_an_error_before_the_first_wait_reaches_the_caller():
    async def break_off() -> None:
        raise ZeroDivisionError

    before = asyncio.all_tasks()
    with pytest.raises(ZeroDivisionError):
        begin(break_off())
    assert asyncio.all_tasks() == before


async def test_an_error_after_the_first_wait_is_the_tasks():
    async def break_off() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    assert isinstance(await outcome(begun(break_off())), ZeroDivisionError)


@pytest.mark.parametrize("turns", [0, 1])
async def test_an_error_of_what_it_waits_for_is_raised_where_it_waits(turns: int):
    work, future = Work(), asyncio.get_running_loop().create_future()
    task = begun(work.wait_for(future))
    for _ in range(turns):
        await asyncio.sleep(0)
    future.set_exception(ZeroDivisionError())
    assert isinstance(await outcome(task), ZeroDivisionError)
    assert work.steps == ["begun", ZeroDivisionError]


async def test_it_can_handle_an_error_and_go_on():
    future = asyncio.get_running_loop().create_future()
    work = Work()

    async def go_on() -> None:
        with pytest.raises(ZeroDivisionError):
            await future
        await work.wait_for(asyncio.sleep(0, "still here"))

    task = begun(go_on())
    future.set_exception(ZeroDivisionError())
    assert await outcome(task) is None
    assert work.steps == ["begun", "still here", "done"]


@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_a_cancellation_reaches_it_where_it_waits(turns: int):
    """Also one that comes before the task has run for the first time."""
    work, future = Work(), asyncio.get_running_loop().create_future()
    task = begun(work.wait_for(future))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    assert await outcome(task) is asyncio.CancelledError
    assert work.steps == ["begun", asyncio.CancelledError]


@pytest.mark.parametrize("turns", [0, 1])
async def test_it_can_tidy_up_slowly_when_it_is_cancelled(turns: int):
    work = Work()

    async def tidy_up() -> None:
        try:
            await work.wait_for(asyncio.Event().wait())
        finally:
            await asyncio.sleep(0)
            work.steps.append("tidy")

    task = begun(tidy_up())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    assert await outcome(task) is asyncio.CancelledError
    assert work.steps == ["begun", asyncio.CancelledError, "tidy"]


async def test_it_can_survive_a_cancellation():
    work, event = Work(), asyncio.Event()

    async def survive() -> None:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.Event().wait()
        await work.wait_for(event.wait())

    task = begun(survive())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert work.steps == ["begun"]
    event.set()
    assert await outcome(task) is None
    assert work.steps == ["begun", True, "done"]


async def test_many_that_wait_for_the_same_all_go_on():
    event, works = asyncio.Event(), [Work() for _ in range(100)]
    tasks = [begun(work.wait_for(event.wait())) for work in works]
    event.set()
    assert [await outcome(task) for task in tasks] == [None] * 100
    assert all(work.steps[-1] == "done" for work in works)


@pytest.mark.parametrize("turns", [0, 1])
async def test_what_is_thrown_away_with_all_it_waits_for_leaves_no_complaint(
    monkeypatch: pytest.MonkeyPatch, turns: int
):
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    handler = loop.get_exception_handler()
    loop.set_exception_handler(lambda *_: None)  # it tells of tasks that end like this
    monkeypatch.setattr(sys, "unraisablehook", lambda one: complaints.append(one.exc_value))
    try:
        for _ in range(50):
            keep_each_other_alive(loop.create_future())
            for _ in range(turns):
                await asyncio.sleep(0)
        gc.collect()
        await asyncio.sleep(0)
        gc.collect()
    finally:
        loop.set_exception_handler(handler)
    assert complaints == []


def keep_each_other_alive(future: "asyncio.Future[object]") -> None:
    """Begin something that nobody else knows of, nor of what it waits for."""
    circle: list[object] = [future]
    circle += [circle, begin(Work().wait_for(future))]
