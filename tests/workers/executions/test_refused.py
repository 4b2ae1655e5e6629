"""What PostgreSQL refuses to keep neither holds an execution up nor takes the rest with it."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from domain.executions.records import AttemptEnd, Claim, NewEvent
from domain.executions.request import NewExecution
from domain.executions.states import AttemptOutcome, Status
from domain.shared.database import JsonObject
from tests.domain.executions.conftest import Engine
from workers.executions.carrier import Carrier
from workers.executions.runner import Report

pytestmark = pytest.mark.integration

REFUSED = "\x00"
"""JSON may hold it; PostgreSQL's text, and so its JSONB, may not."""
KIND = "probe"
WORDS = text(
    "SELECT data ->> 'word' FROM execution_events"
    " WHERE execution_id = :id AND kind = 'step.started' ORDER BY seq"
)


class Saying:
    """A runner that reports some events at once and ends as it is told."""

    overtime_seconds = 0.0

    def __init__(self, end: AttemptEnd, *words: str, progress: JsonObject | None = None) -> None:
        self._end = end
        self._words = words
        self._progress = progress

    async def run(self, claim: Claim, report: Report) -> AttemptEnd:
        for word in self._words:
            report(NewEvent("step.started", {"word": word}), self._progress)
        return self._end


async def carry(engine: Engine, runner: Saying) -> Claim:
    (claim,) = await engine.claim()
    await Carrier(engine.units, {KIND: runner}, claim).carry()
    return claim


async def read_words(engine: Engine, claim: Claim) -> list[object]:
    async with engine.databases.engine.session() as session:
        return list(await session.scalars(WORDS, {"id": claim.id}))


@pytest.mark.parametrize(
    "end",
    [
        AttemptEnd(AttemptOutcome.SUCCEEDED, output={"title": REFUSED}),
        AttemptEnd(AttemptOutcome.FAILED, error_code="SAID", error_message=REFUSED),
    ],
    ids=["output", "message"],
)
async def test_an_end_that_is_refused_ends_the_execution_as_our_mistake(
    engine: Engine, end: AttemptEnd
):
    await engine.request()
    with capture_logs() as lines:
        claim = await carry(engine, Saying(end))
    execution = await engine.read(claim)
    assert (execution.status, execution.error_code) == (Status.FAILED, "INTERNAL")
    assert execution.output is None
    assert [(line["event"], line["exc_info"]) for line in lines] == [("finish.refused", True)]


async def test_an_event_that_is_refused_is_left_out_alone(engine: Engine):
    await engine.request()
    runner = Saying(AttemptEnd(AttemptOutcome.SUCCEEDED), "one", REFUSED, "two")
    with capture_logs() as lines:
        claim = await carry(engine, runner)
    assert await read_words(engine, claim) == ["one", "two"]
    assert (await engine.read(claim)).status == Status.SUCCEEDED
    assert [line["event"] for line in lines] == ["progress.left_out"]


async def test_an_attempt_whose_last_events_find_it_replaced_says_so_once(engine: Engine):
    await engine.request()
    (claim,) = await engine.claim()
    stale = replace(claim, attempt=claim.attempt - 1)
    runner = Saying(AttemptEnd(AttemptOutcome.SUCCEEDED), "one")
    with capture_logs() as lines:
        await Carrier(engine.units, {KIND: runner}, stale).carry()
    assert [line["event"] for line in lines] == ["execution.replaced"]
    assert (await engine.read(claim)).status == Status.RUNNING


async def test_progress_that_is_refused_leaves_its_events(engine: Engine):
    await engine.request_tree(NewExecution(kind=KIND, title="Child", queue="default"))
    runner = Saying(AttemptEnd(AttemptOutcome.SUCCEEDED), "one", progress={"at": REFUSED})
    with capture_logs() as lines:
        claim = await carry(engine, runner)
    assert await read_words(engine, claim) == ["one"]
    assert [line["kind"] for line in lines] == ["child.progress"]
