"""A task that loses a cancellation is cancelled again."""

import asyncio

import pytest

from domain.shared.tasks import end_task

pytestmark = pytest.mark.unit


async def lose_cancellations(times: int) -> None:
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            times -= 1
            if times < 0:
                raise


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_a_task_ends_however_often_it_loses_a_cancellation(times: int):
    task = asyncio.create_task(lose_cancellations(times))
    await asyncio.sleep(0)
    await end_task(task)
    assert task.cancelled()


async def test_no_task_and_an_ended_task_are_left_alone():
    async def end_at_once() -> None:
        return

    task = asyncio.create_task(end_at_once())
    await asyncio.wait([task])
    await end_task(task)
    await end_task(None)
    assert not task.cancelled()
