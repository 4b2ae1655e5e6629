"""The only SQL about missions and their runs: locks for verbs, pages and batches for readers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, func, select

from domain.accounts.models import Workspace
from domain.executions.models import Execution, ExecutionEvent
from domain.executions.states import TERMINAL, Status
from domain.missions.models import Mission, MissionScenario, MissionTest
from domain.missions.progress import ProgressKind, RunCounts
from domain.missions.rules import BROWSER_KIND, MANUAL_KIND, RETRIED, RUN_KIND
from domain.shared.database import Base, Session
from domain.shared.paging import (
    Column,
    Page,
    PageRequest,
    Siblings,
    read_last_of_each,
    read_page,
    read_pages,
)

OPEN = tuple(status for status in Status if status not in TERMINAL)


class MissionOrder(StrEnum):
    """What lists of missions can be sorted by; the id breaks ties."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class MissionFilter:
    """Conditions that all hold. `search` is a part of the name, in any case."""

    search: str | None = None
    created_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class TestAtWork:
    """A test, its mission, and the hosts its workspace lets browser tests reach."""

    __test__ = False

    test: MissionTest
    mission: Mission
    allowed_hosts: tuple[str, ...]


async def store(session: Session, rows: Sequence[Base]) -> None:
    """Insert new rows and write what changed in others."""
    session.add_all(rows)
    await session.flush()


async def bury(session: Session, mission: Mission) -> None:
    """Mark a mission as deleted, by the database's clock."""
    mission.deleted_at = await session.scalar(select(func.now()))
    mission.version += 1
    await session.flush()


async def lock_mission(session: Session, workspace_id: UUID, mission_id: UUID) -> Mission | None:
    """Read a living mission and keep others from changing or starting it."""
    statement = _living_missions(workspace_id).where(Mission.id == mission_id)
    return await session.scalar(statement.with_for_update())


async def page_missions(
    session: Session,
    workspace_id: UUID,
    filtered: MissionFilter,
    order: MissionOrder,
    request: PageRequest,
) -> Page[Mission]:
    """One page of living missions."""
    columns = [_ORDER_COLUMNS[order], Mission.id]
    return await read_page(session, _filter_missions(workspace_id, filtered), columns, request)


async def count_missions(session: Session, workspace_id: UUID, filtered: MissionFilter) -> int:
    """How many living missions pass the filter."""
    counted = _filter_missions(workspace_id, filtered).subquery()
    return await session.scalar(select(func.count()).select_from(counted)) or 0


async def read_missions(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> dict[UUID, Mission]:
    """Living missions by id."""
    statement = _living_missions(workspace_id).where(Mission.id.in_(ids))
    return {row.id: row for row in await session.scalars(statement)}


async def read_scenarios(
    session: Session, workspace_id: UUID, mission_ids: Collection[UUID]
) -> dict[UUID, list[MissionScenario]]:
    """The scenarios of missions, in order."""
    statement = (
        select(MissionScenario)
        .where(
            MissionScenario.workspace_id == workspace_id,
            MissionScenario.mission_id.in_(mission_ids),
            MissionScenario.deleted_at.is_(None),
        )
        .order_by(MissionScenario.mission_id, MissionScenario.position)
    )
    found: dict[UUID, list[MissionScenario]] = {one: [] for one in mission_ids}
    for row in await session.scalars(statement):
        found[row.mission_id].append(row)
    return found


async def read_scenarios_by_id(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> dict[UUID, MissionScenario]:
    """Scenarios of living missions by id."""
    statement = (
        select(MissionScenario)
        .join(Mission, Mission.id == MissionScenario.mission_id)
        .where(
            MissionScenario.workspace_id == workspace_id,
            MissionScenario.id.in_(ids),
            MissionScenario.deleted_at.is_(None),
            Mission.deleted_at.is_(None),
        )
    )
    return {row.id: row for row in await session.scalars(statement)}


async def read_tests_of_scenarios(
    session: Session, workspace_id: UUID, scenario_ids: Collection[UUID]
) -> dict[UUID, list[MissionTest]]:
    """The tests of scenarios, in order."""
    statement = (
        _living_tests(workspace_id)
        .where(MissionTest.scenario_id.in_(scenario_ids))
        .order_by(MissionTest.scenario_id, MissionTest.position)
    )
    found: dict[UUID, list[MissionTest]] = {one: [] for one in scenario_ids}
    for row in await session.scalars(statement):
        found[row.scenario_id].append(row)
    return found


async def read_tests_of_missions(
    session: Session, workspace_id: UUID, mission_ids: Collection[UUID]
) -> dict[UUID, list[MissionTest]]:
    """All tests of missions, scenario by scenario."""
    statement = (
        _living_tests(workspace_id)
        .where(MissionTest.mission_id.in_(mission_ids))
        .join(MissionScenario, MissionScenario.id == MissionTest.scenario_id)
        .order_by(MissionScenario.position, MissionTest.position)
    )
    found: dict[UUID, list[MissionTest]] = {one: [] for one in mission_ids}
    for row in await session.scalars(statement):
        found[row.mission_id].append(row)
    return found


async def read_tests(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> dict[UUID, MissionTest]:
    """Tests by id."""
    statement = _living_tests(workspace_id).where(MissionTest.id.in_(ids))
    return {row.id: row for row in await session.scalars(statement)}


async def read_test_with_mission(
    session: Session, workspace_id: UUID, test_id: UUID
) -> TestAtWork | None:
    """A test with what a worker must know about its surroundings."""
    statement = (
        select(MissionTest, Mission, Workspace.allowed_hosts)
        .join(Mission, Mission.id == MissionTest.mission_id)
        .join(Workspace, Workspace.id == MissionTest.workspace_id)
        .where(MissionTest.workspace_id == workspace_id, MissionTest.id == test_id)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else TestAtWork(row[0], row[1], tuple(row[2]))


async def find_open_run(session: Session, workspace_id: UUID, mission_id: UUID) -> Execution | None:
    """A run of the mission that has not ended."""
    statement = _runs(workspace_id).where(
        Execution.subject_id == mission_id, Execution.status.in_(OPEN)
    )
    return await session.scalar(statement.limit(1))


async def find_by_key(
    session: Session, workspace_id: UUID, user_id: UUID, key: str
) -> Execution | None:
    """What this person requested with this idempotency key."""
    statement = select(Execution).where(
        Execution.workspace_id == workspace_id,
        Execution.created_by == user_id,
        Execution.idempotency_key == key,
    )
    return await session.scalar(statement)


async def read_run(session: Session, workspace_id: UUID, run_id: UUID) -> Execution | None:
    """A run by id."""
    return await session.scalar(_runs(workspace_id).where(Execution.id == run_id))


async def read_retried(session: Session, workspace_id: UUID, run_id: UUID) -> Sequence[Execution]:
    """The executions of a run whose tests are to be carried out again."""
    statement = select(Execution).where(
        Execution.workspace_id == workspace_id,
        Execution.parent_id == run_id,
        Execution.status.in_(RETRIED),
    )
    return (await session.scalars(statement)).all()


async def read_latest_runs(
    session: Session, workspace_id: UUID, mission_ids: Collection[UUID]
) -> dict[UUID, Execution]:
    """The newest run of each mission that has been started."""
    siblings = Siblings(Execution.subject_id, mission_ids)
    return await read_last_of_each(session, siblings, _runs(workspace_id), _BY_AGE)


async def page_runs(
    session: Session, workspace_id: UUID, mission_ids: Collection[UUID], request: PageRequest
) -> dict[UUID, Page[Execution]]:
    """The same page of the runs of each mission, by age."""
    siblings = Siblings(Execution.subject_id, mission_ids)
    return await read_pages(session, siblings, _runs(workspace_id), _BY_AGE, request)


async def count_runs(
    session: Session, workspace_id: UUID, mission_ids: Collection[UUID]
) -> dict[UUID, int]:
    """How many runs each mission has had."""
    statement = (
        select(Execution.subject_id, func.count())
        .where(
            Execution.workspace_id == workspace_id,
            Execution.kind == RUN_KIND,
            Execution.subject_id.in_(mission_ids),
        )
        .group_by(Execution.subject_id)
    )
    found: dict[UUID, int] = dict.fromkeys(mission_ids, 0)
    for mission_id, count in await session.execute(statement):
        if mission_id is not None:
            found[mission_id] = count
    return found


async def read_latest_of_tests(
    session: Session, workspace_id: UUID, test_ids: Collection[UUID]
) -> dict[UUID, Execution]:
    """The newest execution of each test that was ever carried out, in a run or as a replay."""
    statement = select(Execution).where(
        Execution.workspace_id == workspace_id,
        Execution.kind.in_((BROWSER_KIND, MANUAL_KIND)),
    )
    siblings = Siblings(Execution.subject_id, test_ids)
    return await read_last_of_each(session, siblings, statement, _BY_AGE)


async def count_children(
    session: Session, workspace_id: UUID, run_ids: Collection[UUID]
) -> dict[UUID, RunCounts]:
    """How far each run has come."""
    statement = (
        select(
            Execution.parent_id,
            func.count(),
            func.count().filter(Execution.status.in_(TERMINAL)),
            func.count().filter(Execution.status.in_(RETRIED)),
        )
        .where(Execution.workspace_id == workspace_id, Execution.parent_id.in_(run_ids))
        .group_by(Execution.parent_id)
    )
    found = dict.fromkeys(run_ids, RunCounts())
    for run_id, total, done, failed in await session.execute(statement):
        if run_id is not None:
            found[run_id] = RunCounts(total, done, failed)
    return found


async def count_until(session: Session, workspace_id: UUID, run_id: UUID, seq: int) -> RunCounts:
    """How far a run had come at event `seq` of its stream."""
    total = (
        select(func.count())
        .select_from(Execution)
        .where(Execution.workspace_id == workspace_id, Execution.parent_id == run_id)
        .scalar_subquery()
    )
    ended = ExecutionEvent.data["status"].astext
    statement = select(total, func.count(), func.count().filter(ended.in_(RETRIED))).where(
        ExecutionEvent.workspace_id == workspace_id,
        ExecutionEvent.execution_id == run_id,
        ExecutionEvent.seq <= seq,
        ExecutionEvent.kind == ProgressKind.TEST_FINISHED,
    )
    row = (await session.execute(statement)).one()
    return RunCounts(*row)


_BY_AGE: Sequence[Column] = (Execution.created_at, Execution.id)
_ORDER_COLUMNS: Mapping[MissionOrder, Column] = {
    MissionOrder.CREATED_AT: Mission.created_at,
    MissionOrder.UPDATED_AT: Mission.updated_at,
    MissionOrder.NAME: Mission.name,
}


def _living_missions(workspace_id: UUID) -> Select[Mission]:
    return select(Mission).where(Mission.workspace_id == workspace_id, Mission.deleted_at.is_(None))


def _living_tests(workspace_id: UUID) -> Select[MissionTest]:
    return select(MissionTest).where(
        MissionTest.workspace_id == workspace_id, MissionTest.deleted_at.is_(None)
    )


def _runs(workspace_id: UUID) -> Select[Execution]:
    return select(Execution).where(
        Execution.workspace_id == workspace_id, Execution.kind == RUN_KIND
    )


def _filter_missions(workspace_id: UUID, filtered: MissionFilter) -> Select[Mission]:
    statement = _living_missions(workspace_id)
    if filtered.search:
        statement = statement.where(Mission.name.icontains(filtered.search, autoescape=True))
    if filtered.created_after is not None:
        statement = statement.where(Mission.created_at > filtered.created_after)
    return statement
