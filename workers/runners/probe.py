"""The probe: does nothing, durably. It shows that the whole path from request to result works."""

from domain.executions.records import AttemptEnd, Claim
from domain.executions.states import AttemptOutcome
from workers.executions.runner import Report

KIND = "probe"
QUEUE = "default"


class ProbeRunner:
    """Succeeds at once."""

    async def run(self, claim: Claim, report: Report) -> AttemptEnd:
        """Return the input as output."""
        del report
        return AttemptEnd(AttemptOutcome.SUCCEEDED, output={"echo": claim.input})
