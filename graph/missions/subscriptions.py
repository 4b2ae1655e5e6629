"""Following a run live: which test is at which step, and how far the run has come."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

import strawberry

from domain.executions.models import Execution as ExecutionRow
from domain.executions.reading import repository as executions
from domain.executions.states import Status
from domain.missions import repository
from domain.missions.progress import Progress, ProgressReader
from domain.missions.progress import RunCounts as DomainCounts
from domain.shared.database import Session
from domain.shared.errors import Conflict, Invalid, NotFound
from graph.executions.subscriptions import follow, read_on
from graph.executions.types import EXECUTION, Execution
from graph.missions.enums import ProgressKind
from graph.missions.types import WATCH, MissionTest, RunCounts
from graph.support.context import Context, Info
from graph.support.feeds import Reading
from graph.support.fields import Id, subscription
from graph.support.rows import Shown, column, related
from graph.support.targets import NOBODY, identify

MISSIONS = "mission.read"


@strawberry.type(description="One event of a run.")
class MissionProgress(Shown):
    """Resume after its number, with the id of its run."""

    row: strawberry.Private[Progress]
    seq: int = column()
    at: datetime = column()
    kind: ProgressKind = column()
    title: str | None = column(description="Of the test, if it is about one.")
    status: Status | None = column(description="Of the test, else of the run.")
    step_index: int | None = column(description="The step that has ended, counted from 0.")
    steps_total: int | None = column()
    milliseconds: float | None = column(description="What the event took, if anything.")
    counts: RunCounts = column(
        RunCounts.from_counts, description="As they were once this had happened."
    )
    run: Execution | None = related(
        executions.read_executions,
        "run_id",
        description="The run as it is now, which may be later than the event.",
    )
    execution: Execution | None = related(
        executions.read_executions,
        "execution_id",
        description="The execution of the test as it is now; null for events of the run itself.",
    )
    test: MissionTest | None = related(
        repository.read_tests,
        "test_id",
        permission=MISSIONS,
        description="The test; null for events of the run itself, and without mission.read.",
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
        actor = await context.actor()
        actor.require(WATCH)
        place = await find_place(context, identity, after)
        followed = follow("missionProgress", actor.workspace_id, place.run_id, place)
        return cast("AsyncGenerator[MissionProgress, None]", followed)


@dataclass(frozen=True, slots=True)
class ProgressPlace:
    """A place in the stream of a run, and how far the run had come there."""

    run_id: UUID
    cursor: int
    counts: DomainCounts

    async def read(self, context: Context) -> Reading:
        """The next events that tell of progress.

        Raises:
            NotFound: There is no such run in the workspace.
        """
        rows = await read_on(context, self.run_id, self.cursor)
        reader = ProgressReader(self.counts)
        told = [(row.seq, reader.read(row)) for row in rows.events]
        events = [(seq, MissionProgress.from_row(one)) for seq, one in told if one is not None]
        there = ProgressPlace(self.run_id, rows.cursor, reader.counts)
        return Reading(events, there, is_full=rows.is_full, is_over=rows.is_over)


async def find_place(context: Context, identity: str, after: int) -> ProgressPlace:
    """Find the run, and what it had reached at event `after`.

    Raises:
        NotFound: there is no such run or mission.
        Conflict: the mission has never been started.
    """
    workspace = (await context.actor()).workspace_id
    mission_id, run_id = identify(identity, "Mission"), identify(identity, EXECUTION)
    async with context.reading() as session:
        run = await _find_run(session, workspace, mission_id, run_id)
        counts = await repository.count_until(session, workspace, run.id, after)
    return ProgressPlace(run.id, after, counts)


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
