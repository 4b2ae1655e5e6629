"""The probe succeeds, and waits only when asked to."""

from uuid import uuid4

import pytest

from domain.executions.records import Claim, NewEvent
from domain.executions.states import AttemptOutcome
from workers.runners.probe import ProbeRunner

pytestmark = pytest.mark.unit


def claim(**given: object) -> Claim:
    return Claim(
        id=uuid4(),
        workspace_id=uuid4(),
        kind="probe",
        queue="default",
        title="Probe",
        subject_id=None,
        parent_id=None,
        input=given,
        attempt=1,
        failures=0,
        losses=0,
        max_attempts=1,
        timeout_seconds=10,
        created_by=None,
        seq=1,
    )


async def run(given: Claim) -> tuple[AttemptOutcome, list[str]]:
    kinds: list[str] = []

    def report(event: NewEvent, progress: object = None) -> None:
        kinds.append(event.kind)

    end = await ProbeRunner().run(given, report)
    assert end.output == {"echo": given.input}
    return end.outcome, kinds


async def test_a_probe_succeeds_without_a_word():
    assert await run(claim(note="hello")) == (AttemptOutcome.SUCCEEDED, [])


async def test_a_probe_that_waits_says_so():
    assert await run(claim(seconds=0.001)) == (AttemptOutcome.SUCCEEDED, ["step.started"])
