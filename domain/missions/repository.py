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
from domain.shared.batches import Parameter, among, many_per, one_per
from domain.shared.database import Base, Session
from domain.shared.paging import (
    Column,
    Page,
    PageRequest,
    Siblings,
    read_last_of_each,
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


@one_per(Mission.id)
def read_missions(workspace: Parameter, ids: Parameter) -> Select[Mission]:
    """Living missions by id."""
    return _living_missions(workspace).where(among(Mission.id, ids))


@many_per(MissionScenario.mission_id)
def read_scenarios(workspace: Parameter, mission_ids: Parameter) -> Select[MissionScenario]:
    """The scenarios of missions, in order."""
    return (
        _living_scenarios(workspace)
        .where(among(MissionScenario.mission_id, mission_ids))
        .order_by(MissionScenario.position)
    )


@one_per(MissionScenario.id)
def read_scenarios_by_id(workspace: Parameter, ids: Parameter) -> Select[MissionScenario]:
    """Scenarios of living missions by id."""
    return (
        _living_scenarios(workspace)
        .join(Mission, Mission.id == MissionScenario.mission_id)
        .where(among(MissionScenario.id, ids), Mission.deleted_at.is_(None))
    )


@many_per(MissionTest.scenario_id)
def read_tests_of_scenarios(workspace: Parameter, scenario_ids: Parameter) -> Select[MissionTest]:
    """The tests of scenarios, in order."""
    return (
        _living_tests(workspace)
        .where(among(MissionTest.scenario_id, scenario_ids))
        .order_by(MissionTest.position)
    )


@many_per(MissionTest.mission_id)
def read_tests_of_missions(workspace: Parameter, mission_ids: Parameter) -> Select[MissionTest]:
    """All tests of missions, scenario by scenario."""
    return (
        _living_tests(workspace)
        .where(among(MissionTest.mission_id, mission_ids))
        .join(MissionScenario, MissionScenario.id == MissionTest.scenario_id)
        .order_by(MissionScenario.position, MissionTest.position)
    )


@one_per(MissionTest.id)
def read_tests(workspace: Parameter, ids: Parameter) -> Select[MissionTest]:
    """Tests by id."""
    return _living_tests(workspace).where(among(MissionTest.id, ids))


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
MISSION_ORDERS: Mapping[MissionOrder, Sequence[Column]] = {
    MissionOrder.CREATED_AT: (Mission.created_at, Mission.id),
    MissionOrder.UPDATED_AT: (Mission.updated_at, Mission.id),
    MissionOrder.NAME: (Mission.name, Mission.id),
}


def _living_missions(workspace_id: UUID | Parameter) -> Select[Mission]:
    return select(Mission).where(Mission.workspace_id == workspace_id, Mission.deleted_at.is_(None))


def _living_scenarios(workspace_id: UUID | Parameter) -> Select[MissionScenario]:
    return select(MissionScenario).where(
        MissionScenario.workspace_id == workspace_id, MissionScenario.deleted_at.is_(None)
    )


def _living_tests(workspace_id: UUID | Parameter) -> Select[MissionTest]:
    return select(MissionTest).where(
        MissionTest.workspace_id == workspace_id, MissionTest.deleted_at.is_(None)
    )


def _runs(workspace_id: UUID) -> Select[Execution]:
    return select(Execution).where(
        Execution.workspace_id == workspace_id, Execution.kind == RUN_KIND
    )


def select_missions(workspace_id: UUID, filtered: MissionFilter) -> Select[Mission]:
    """Living missions that pass the filter."""
    statement = _living_missions(workspace_id)
    if filtered.search:
        statement = statement.where(Mission.name.icontains(filtered.search, autoescape=True))
    if filtered.created_after is not None:
        statement = statement.where(Mission.created_at > filtered.created_after)
    return statement
