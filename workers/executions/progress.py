"""Progress on its way to the stream: collected, written in batches, in order."""

import asyncio
from collections.abc import Callable

import structlog

from domain.executions.append import append_events
from domain.executions.records import Claim, NewEvent
from domain.shared.backoff import Backoff
from domain.shared.database import JsonObject
from domain.shared.errors import Unavailable
from domain.shared.unit_of_work import UnitsOfWork

log = structlog.get_logger()

BATCH_SECONDS = 0.05
"""Events that follow each other within this time share a transaction."""
AWAY_SECONDS = 0.5


class Progress:
    """Buffers a runner's events while PostgreSQL writes the ones before.

    Nothing is dropped but what PostgreSQL refuses, and the log tells of that.

    Args:
        units: The engine's units of work.
        claim: What the events belong to; they carry its fence.
        on_replaced: Called once when a write finds that another attempt took over.
    """

    def __init__(self, units: UnitsOfWork, claim: Claim, on_replaced: Callable[[], None]) -> None:
        self._units = units
        self._claim = claim
        self._on_replaced = on_replaced
        self._events: list[NewEvent] = []
        self._latest: JsonObject | None = None
        self._writer: asyncio.Task[None] | None = None
        self._replaced = False

    def report(self, event: NewEvent, progress: JsonObject | None = None) -> None:
        """Note an event; returns at once."""
        self._events.append(event)
        if progress is not None:
            self._latest = progress
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_soon())

    async def flush(self) -> None:
        """Wait until everything noted so far is written, or the attempt was replaced."""
        while self._writer is not None and not self._writer.done():
            await asyncio.shield(self._writer)

    async def _write_soon(self) -> None:
        await asyncio.sleep(BATCH_SECONDS)
        while self._events and not self._replaced:
            events, self._events = self._events, []
            latest, self._latest = self._latest, None
            await self._write(events, latest)

    async def _write(self, events: list[NewEvent], latest: JsonObject | None) -> None:
        try:
            await self._append(events, latest)
        except Exception:  # process edge: what is refused must not take the rest with it
            if len(events) + (latest is not None) > 1:
                for event in events:
                    await self._write([event], None)
                if latest is not None:
                    await self._write([], latest)
                return
            kind = events[0].kind if events else "child.progress"
            log.exception("progress.left_out", execution=str(self._claim.id), kind=kind)

    async def _append(self, events: list[NewEvent], latest: JsonObject | None) -> None:
        about = str(self._claim.id)
        backoff = Backoff("progress", AWAY_SECONDS, longest_seconds=AWAY_SECONDS, execution=about)
        while not self._replaced:
            try:
                async with self._units.begin() as uow:
                    kept = await append_events(uow, self._claim, events, latest)
            except Unavailable as error:
                await asyncio.sleep(backoff.fail(error))
                continue
            if not kept:
                self._replaced = True
                self._on_replaced()
            return
