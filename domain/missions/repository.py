"""The only SQL about missions and their runs: locks for verbs, pages and batches for readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased

from domain.accounts.models import Workspace
from domain.executions.models import Execution, ExecutionEvent
from domain.executions.states import TERMINAL, Status
from domain.missions.models import Mission, MissionScenario, MissionTest
from domain.missions.progress import ProgressKind, RunCounts
from domain.missions.rules import BROWSER_KIND, MANUAL_KIND, RETRIED, RUN_KIND
from domain.shared.batches import Parameter, among, last_per, many_per, one_per, page_per
from domain.shared.database import Base, JsonObject, Session
from domain.shared.listing import Listing, contains, later
from domain.shared.paging import Column

OPEN = tuple(status for status in Status if status not in TERMINAL)
BY_AGE: Sequence[Column] = (Execution.created_at, Execution.id)


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
    """A test, its mission, and what its workspace lets browser tests reach and weighs elements by."""

    __test__ = False

    test: MissionTest
    mission: Mission
    allowed_hosts: tuple[str, ...]
    element_layers: JsonObject


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
        select(MissionTest, Mission, Workspace.allowed_hosts, Workspace.element_layers)
        .join(Mission, Mission.id == MissionTest.mission_id)
        .join(Workspace, Workspace.id == MissionTest.workspace_id)
        .where(MissionTest.workspace_id == workspace_id, MissionTest.id == test_id)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else TestAtWork(row[0], row[1], tuple(row[2]), row[3])


async def find_open_run(session: Session, workspace_id: UUID, mission_id: UUID) -> Execution | None:
    """A run of the mission that has not ended."""
    statement = _runs(workspace_id).where(
        Execution.subject_id == mission_id, Execution.status.in_(OPEN)
    )
    return await session.scalar(statement.limit(1))


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


@last_per(Execution.subject_id, by=BY_AGE)
def read_latest_runs(workspace: Parameter) -> Select[Execution]:
    """The newest run of each mission that has been started."""
    return _runs(workspace)


@page_per(Execution.subject_id, by=BY_AGE)
def page_runs(workspace: Parameter) -> Select[Execution]:
    """The runs of missions, by age."""
    return _runs(workspace)


@last_per(Execution.subject_id, by=BY_AGE)
def read_latest_of_tests(workspace: Parameter) -> Select[Execution]:
    """The newest execution of each test that was ever carried out, in a run or as a replay."""
    return select(Execution).where(
        Execution.workspace_id == workspace, Execution.kind.in_((BROWSER_KIND, MANUAL_KIND))
    )


@one_per(Execution.subject_id)
def count_latest_runs(workspace: Parameter, _: Parameter) -> Select[RunCounts]:
    """How far the newest run of each mission has come, as `RunCounts` has it."""
    latest = read_latest_runs.choose(frozenset({"id"})).subquery()
    test = aliased(Execution)
    counted = (
        select(
            latest.c.subject_id,
            func.count(test.id).label("total"),
            func.count().filter(test.status.in_(TERMINAL)).label("done"),
            func.count().filter(test.status.in_(RETRIED)).label("failed"),
        )
        .select_from(latest)
        .outerjoin(test, and_(test.parent_id == latest.c.id, test.workspace_id == workspace))
        .group_by(latest.c.subject_id)
    )
    return cast("Select[RunCounts]", counted)


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


def _runs(workspace_id: UUID | Parameter) -> Select[Execution]:
    return select(Execution).where(
        Execution.workspace_id == workspace_id, Execution.kind == RUN_KIND
    )


MISSIONS = Listing(
    _living_missions,
    conditions={"search": contains(Mission.name), "created_after": later(Mission.created_at)},
    orders={
        MissionOrder.CREATED_AT: (Mission.created_at, Mission.id),
        MissionOrder.UPDATED_AT: (Mission.updated_at, Mission.id),
        MissionOrder.NAME: (Mission.name, Mission.id),
    },
)
