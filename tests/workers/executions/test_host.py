"""A host goes on claiming and extending leases whatever one attempt at it comes to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from workers.executions.host import Host, LeaseTimes
from workers.executions.runner import Lane
from workers.runners.probe import ProbeRunner

pytestmark = pytest.mark.unit

SECONDS = 10


class Nowhere:
    """Units of work and signals of a host that only the tested functions use."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[None]:
        yield None

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[asyncio.Event]:
        yield asyncio.Event()


async def test_a_claim_that_fails_for_any_reason_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    tried = asyncio.Event()
    failures = iter([RuntimeError("nobody thought of this")])

    async def claim_due(*_: object, **__: object) -> list[object]:
        if (error := next(failures, None)) is not None:
            raise error
        tried.set()
        return []

    monkeypatch.setattr("workers.executions.host.claim_due", claim_due)
    lane = Lane("default", 1, {"probe": ProbeRunner()})
    nowhere = Nowhere()
    host = Host(nowhere, nowhere, "worker", [lane], LeaseTimes(4, 1, 0))  # type: ignore[arg-type]
    await host.start()
    host.wake("default")
    async with asyncio.timeout(SECONDS):
        await tried.wait()
    await host.stop()
