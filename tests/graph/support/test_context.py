"""What fields of one operation share."""

import asyncio
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from domain.shared.database import Session
from domain.shared.ids import new_id
from domain.shared.settings import Settings
from graph.support.context import Context

pytestmark = pytest.mark.unit


class SlowContext(Context):
    """Finds what is asked for when it is told to."""

    async def read_batch(self, batch: Any, keys: Collection[Any], *args: Any, **kwargs: Any) -> Any:
        await self.extras["may answer"].wait()  # type: ignore[attr-defined]
        return {key: f"found {key}" for key in keys}


async def read_names(
    _session: Session, _workspace: UUID, _keys: Collection[UUID]
) -> dict[UUID, str]:
    """What is loaded, by id."""
    raise AssertionError("the context answers for it")


async def test_a_field_that_is_interrupted_does_not_end_what_others_wait_for():
    may_answer = asyncio.Event()
    nothing = cast("Any", SimpleNamespace())
    context = SlowContext(
        "r1", Settings(), nothing, nothing, nothing, extras={"may answer": may_answer}
    )
    wanted = new_id()
    first, second = (asyncio.create_task(context.load(read_names, wanted)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    may_answer.set()
    assert await second == f"found {wanted}"
    assert first.cancelled()
