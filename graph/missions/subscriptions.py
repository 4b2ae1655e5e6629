"""Following a run live: which test is at which step, and how far the run has come."""

import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from domain.executions.models import Execution as ExecutionRow
from domain.executions.states import Status
from domain.missions import repository
from domain.missions.progress import Progress, ProgressReader
from domain.shared.database import Session
from domain.shared.errors import Conflict, Invalid, NotFound
from graph.executions.subscriptions import follow_execution
from graph.executions.types import EXECUTION, Execution, load_execution
from graph.missions.enums import ProgressKind
from graph.missions.types import WATCH, MissionTest, RunCounts
from graph.support.context import Context, Info
from graph.support.fields import Id, described, subscription
from graph.support.targets import NOBODY, identify

MISSIONS = "mission.read"


@strawberry.type(description="One event of a run.")
class MissionProgress:
    """Resume after its number, with the id of its run."""

    seq: int
    at: datetime
    kind: ProgressKind
    title: str | None = strawberry.field(description="Of the test, if it is about one.")
    status: Status | None = strawberry.field(description="Of the test, else of the run.")
    step_index: int | None = strawberry.field(
        description="The step that has ended, counted from 0."
    )
    steps_total: int | None
    milliseconds: float | None = strawberry.field(description="What the event took, if anything.")
    counts: RunCounts = strawberry.field(description="As they were once this had happened.")
    run_id: strawberry.Private[UUID]
    execution_id: strawberry.Private[UUID | None]
    test_id: strawberry.Private[UUID | None]

    @described("The run as it is now, which may be later than the event.")
    async def run(self, info: Info) -> Execution | None:
        """Whose progress it is."""
        return await load_execution(info.context, self.run_id)

    @described("The execution of the test as it is now; null for events of the run itself.")
    async def execution(self, info: Info) -> Execution | None:
        """What carries the test out."""
        return await load_execution(info.context, self.execution_id)

    @described("The test; null for events of the run itself, and without mission.read.")
    async def test(self, info: Info) -> MissionTest | None:
        """As it was when the mission was made."""
        (await info.context.actor()).require(MISSIONS)
        if self.test_id is None:
            return None
        row = await info.context.load(repository.read_tests, self.test_id)
        return None if row is None else MissionTest.from_row(row)

    @classmethod
    def from_progress(cls, progress: Progress) -> Self:
        """Wrap what the domain read."""
        return cls(
            seq=progress.seq,
            at=progress.at,
            kind=progress.kind,
            title=progress.title,
            status=progress.status,
            step_index=progress.step_index,
            steps_total=progress.steps_total,
            milliseconds=progress.milliseconds,
            counts=RunCounts.from_counts(progress.counts),
            run_id=progress.run_id,
            execution_id=progress.execution_id,
            test_id=progress.test_id,
        )


@strawberry.type
class MissionSubscriptions:
    """Root fields."""

    @subscription(
        WATCH,
        "The progress of a run after event `after`, then everything new. The id is that of the "
        "run, or of a mission, whose newest run is followed. Completes when the run has ended.",
    )
    async def mission_progress(
        self, info: Info, identity: Id, after: int = 0
    ) -> AsyncGenerator[MissionProgress, None]:
        """Each event exactly once, in order."""
        context = info.context
        if after < 0:
            raise Invalid("Events are counted from 1.", field=("after",))
        run_id, reader = await begin_reading(context, identity, after)
        async with contextlib.aclosing(follow_execution(context, run_id, after)) as events:
            async for event in events:
                progress = reader.read(event)
                if progress is not None:
                    yield MissionProgress.from_progress(progress)


async def begin_reading(context: Context, identity: str, after: int) -> tuple[UUID, ProgressReader]:
    """Find the run, and what it had reached at event `after`.

    Raises:
        Forbidden: the actor may not see executions.
        NotFound: there is no such run or mission.
        Conflict: the mission has never been started.
    """
    actor = await context.actor()
    actor.require(WATCH)
    workspace = actor.workspace_id
    mission_id, run_id = identify(identity, "Mission"), identify(identity, EXECUTION)
    async with context.reading() as session:
        run = await _find_run(session, workspace, mission_id, run_id)
        counts = await repository.count_until(session, workspace, run.id, after)
    return run.id, ProgressReader(counts)


async def _find_run(
    session: Session, workspace: UUID, mission_id: UUID, run_id: UUID
) -> ExecutionRow:
    if mission_id == NOBODY:
        run = await repository.read_run(session, workspace, run_id)
    else:
        run = (await repository.read_latest_runs(session, workspace, [mission_id])).get(mission_id)
    if run is not None:
        return run
    if await repository.read_missions(session, workspace, [mission_id]):
        raise Conflict("This mission has not been started yet.", field=("id",))
    raise NotFound("The run", field=("id",))
