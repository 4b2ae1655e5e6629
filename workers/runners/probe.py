"""The probe: shows that the whole path from request to result works, durably.

It does nothing, or waits `seconds` (input) first, so that stops, takeovers and cancels can be tried
on a running installation without harm.
"""

import asyncio

from domain.executions.records import AttemptEnd, Claim, NewEvent
from domain.executions.states import AttemptOutcome
from workers.executions.runner import Report

KIND = "probe"
QUEUE = "default"


class ProbeRunner:
    """Succeeds, at once or after a while."""

    overtime_seconds = 0.0

    async def run(self, claim: Claim, report: Report) -> AttemptEnd:
        """Wait if asked to, and return the input as output."""
        seconds = claim.input.get("seconds")
        if isinstance(seconds, int | float) and seconds > 0:
            report(NewEvent("step.started", {"index": 0, "kind": "wait", "title": "Wait"}))
            await asyncio.sleep(seconds)
        return AttemptEnd(AttemptOutcome.SUCCEEDED, output={"echo": claim.input})
