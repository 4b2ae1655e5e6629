"""One claimed execution on its way: run it, bound it, report it, end it."""

import asyncio
import math
from collections.abc import Mapping
from enum import Enum

import structlog

from domain.executions.finish import finish_attempt, was_recorded
from domain.executions.records import AttemptEnd, Claim
from domain.executions.states import AttemptOutcome
from domain.shared.backoff import Backoff
from domain.shared.errors import DomainError, Unavailable
from domain.shared.unit_of_work import UnitsOfWork
from workers.executions.progress import Progress
from workers.executions.runner import Runner

log = structlog.get_logger()

FINISH_RETRY_SECONDS = 0.5
OUR_MISTAKE = AttemptEnd(
    AttemptOutcome.FAILED,
    error_code="INTERNAL",
    error_message="Something went wrong on our side; the worker's log has the details.",
)
"""Plain enough to be written whatever the work itself came to."""


class Stop(Enum):
    """Why a running execution is stopped from outside."""

    CANCELED = "canceled"
    REPLACED = "replaced"
    STOPPING = "stopping"


class Carrier:
    """Carries one claim; `stop` ends it from outside, and says why.

    `held_until` is when the lease may be over, by the event loop's clock; who extends it, says so.

    Args:
        units: The engine's units of work.
        runners: By kind; to know none for this claim is a failure like those of runners.
        claim: What to carry.
    """

    def __init__(self, units: UnitsOfWork, runners: Mapping[str, Runner], claim: Claim) -> None:
        self.claim = claim
        self.held_until = math.inf
        self._units = units
        self._runners = runners
        self._stop: Stop | None = None
        self._work: asyncio.Task[AttemptEnd] | None = None
        self._progress = Progress(units, claim, lambda: self.stop(Stop.REPLACED))

    def stop(self, why: Stop) -> None:
        """Stop the work; a second reason does not replace the first, but for being replaced."""
        if self._stop is None or why is Stop.REPLACED:
            self._stop = why
        if self._work is not None and not self._work.done() and not self._work.cancelling():
            self._work.cancel()

    async def carry(self) -> None:
        """Run to the end and write it down; returns when the execution is no longer ours."""
        end = await self._run()
        if self._stop is not Stop.REPLACED:
            await self._progress.flush()
        if not await self._finish(end):
            log.warning("execution.replaced", execution=str(self.claim.id))

    async def _run(self) -> AttemptEnd:
        self._work = asyncio.create_task(self._run_bounded(), name=f"execution {self.claim.id}")
        try:
            return await self._work
        except asyncio.CancelledError:
            return self._describe_stop()
        except DomainError as error:
            return AttemptEnd(
                AttemptOutcome.FAILED,
                error_code=error.code,
                error_message=error.message,
                is_final=not isinstance(error, Unavailable),
            )
        except Exception:  # process edge: a bug of a runner ends its execution, never the worker
            log.exception("execution.crashed", execution=str(self.claim.id))
            return OUR_MISTAKE

    async def _run_bounded(self) -> AttemptEnd:
        seconds = self.claim.timeout_seconds
        runner = self._runners[self.claim.kind]
        try:
            async with asyncio.timeout(seconds + runner.overtime_seconds):
                return await runner.run(self.claim, self._progress.report)
        except TimeoutError:
            return AttemptEnd(
                AttemptOutcome.TIMED_OUT,
                error_code="TIMED_OUT",
                error_message=f"It was stopped after {seconds:g} seconds.",
            )

    def _describe_stop(self) -> AttemptEnd:
        if self._stop is None:  # nobody asked: the process itself is being torn down
            raise asyncio.CancelledError
        if self._stop is Stop.CANCELED:
            return AttemptEnd(AttemptOutcome.CANCELED, error_message="Canceled on request.")
        return AttemptEnd(AttemptOutcome.RELEASED)

    async def _finish(self, end: AttemptEnd) -> bool:
        """Whether the end was written; it is not when another attempt took over."""
        every, about = FINISH_RETRY_SECONDS, str(self.claim.id)
        backoff = Backoff("finish", every, longest_seconds=every, execution=about)
        while self._stop is not Stop.REPLACED:
            try:
                return await self._write(end)
            except Unavailable as error:
                await asyncio.sleep(backoff.fail(error))
            except Exception:  # process edge: an end that is refused would be carried out again
                if end is OUR_MISTAKE:
                    raise
                log.exception("finish.refused", execution=str(self.claim.id))
                end = OUR_MISTAKE
        return False

    async def _write(self, end: AttemptEnd) -> bool:
        async with self._units.begin() as uow:
            moved = await finish_attempt(uow, self.claim, end)
            return moved is not None or await was_recorded(uow, self.claim, end)
