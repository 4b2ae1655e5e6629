"""A worker without a browser: it claims, tells of its steps and ends, through the real engine."""

from dataclasses import dataclass

from domain.executions.append import append_events
from domain.executions.claim import claim_due
from domain.executions.finish import finish_attempt
from domain.executions.records import AttemptEnd, Claim, NewEvent
from domain.executions.states import AttemptOutcome
from domain.shared.unit_of_work import UnitsOfWork
from tests.graph.asking import Asker


@dataclass(frozen=True)
class Worker:
    """Works where the asker listens."""

    asker: Asker

    @property
    def units(self) -> UnitsOfWork:
        return UnitsOfWork(self.asker.tenant.databases.engine, self.asker.outlet)

    async def claim(self) -> Claim:
        """The next browser test that is due."""
        async with self.units.begin() as uow:
            (claim,) = await claim_due(
                uow, queue="browser", worker="stand-in", lease_seconds=60, limit=1
            )
        return claim

    async def tell(self, claim: Claim, step: int, steps: int) -> None:
        """One step has ended."""
        event = NewEvent("step.finished", {"index": step})
        progress = {"step": step + 1, "steps": steps, "ms": 12.5}
        async with self.units.begin() as uow:
            assert await append_events(uow, claim, [event], progress)

    async def end(self, claim: Claim, outcome: AttemptOutcome) -> None:
        """The test has ended."""
        async with self.units.begin() as uow:
            assert await finish_attempt(uow, claim, AttemptEnd(outcome, is_final=True))

    async def carry_out(self, *outcomes: AttemptOutcome, steps: int = 2) -> None:
        """One test after the other, step by step."""
        for outcome in outcomes:
            claim = await self.claim()
            for step in range(steps):
                await self.tell(claim, step, steps)
            await self.end(claim, outcome)
