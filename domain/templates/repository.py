"""The only SQL about templates: locks for verbs, pages and batches for readers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, delete, func, select

from domain.shared.batches import Parameter, among, many_per, one_per
from domain.shared.database import Base, Session
from domain.shared.listing import Condition, Listing, contains, equals, holds
from domain.shared.reads import parameter
from domain.templates.models import (
    ScenarioTemplate,
    ScenarioTemplateTest,
    TestKind,
    TestTemplate,
)


class TemplateOrder(StrEnum):
    """What lists of templates can be sorted by; the id breaks ties."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class TestTemplateFilter:
    """Conditions that all hold. `search` is a part of the name, in any case."""

    __test__ = False

    search: str | None = None
    kind: TestKind | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class ScenarioTemplateFilter:
    """Conditions that all hold. `test_id`: the scenario contains this test."""

    search: str | None = None
    test_id: UUID | None = None


async def store(session: Session, rows: Sequence[Base]) -> None:
    """Insert new rows and write what changed in others."""
    session.add_all(rows)
    await session.flush()


async def bury(session: Session, row: TestTemplate | ScenarioTemplate) -> None:
    """Mark a row as deleted, by the database's clock."""
    row.deleted_at = await session.scalar(select(func.now()))
    row.version += 1
    await session.flush()


async def lock_test(session: Session, workspace_id: UUID, template_id: UUID) -> TestTemplate | None:
    """Read a living test template and keep others from changing or referring to it."""
    statement = _living_tests(workspace_id).where(TestTemplate.id == template_id)
    return await session.scalar(statement.with_for_update())


async def share_tests(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> dict[UUID, TestTemplate]:
    """Read living test templates and keep others from deleting them meanwhile."""
    if not ids:
        return {}
    statement = _living_tests(workspace_id).where(TestTemplate.id.in_(ids))
    rows = await session.scalars(statement.order_by(TestTemplate.id).with_for_update(read=True))
    return {row.id: row for row in rows}


async def lock_scenario(
    session: Session, workspace_id: UUID, template_id: UUID
) -> ScenarioTemplate | None:
    """Read a living scenario template and keep others from changing it."""
    statement = _living_scenarios(workspace_id).where(ScenarioTemplate.id == template_id)
    return await session.scalar(statement.with_for_update())


async def share_scenarios(
    session: Session, workspace_id: UUID, ids: Collection[UUID]
) -> dict[UUID, ScenarioTemplate]:
    """Read living scenario templates and keep others from changing them meanwhile."""
    if not ids:
        return {}
    statement = _living_scenarios(workspace_id).where(ScenarioTemplate.id.in_(ids))
    ordered = statement.order_by(ScenarioTemplate.id).with_for_update(read=True)
    return {row.id: row for row in await session.scalars(ordered)}


async def delete_positions(session: Session, scenario_id: UUID) -> None:
    """Empty a scenario template, so that its new positions can be stored."""
    await session.execute(
        delete(ScenarioTemplateTest).where(ScenarioTemplateTest.scenario_id == scenario_id)
    )


async def find_scenario_using(session: Session, test_id: UUID) -> str | None:
    """The name of a living scenario template that contains the test, if there is one."""
    return await session.scalar(
        select(ScenarioTemplate.name)
        .join(ScenarioTemplateTest, ScenarioTemplateTest.scenario_id == ScenarioTemplate.id)
        .where(ScenarioTemplateTest.test_id == test_id, ScenarioTemplate.deleted_at.is_(None))
        .order_by(ScenarioTemplate.name)
        .limit(1)
    )


@one_per(TestTemplate.id)
def read_tests(workspace: Parameter, ids: Parameter) -> Select[TestTemplate]:
    """Living test templates by id."""
    return _living_tests(workspace).where(among(TestTemplate.id, ids))


@one_per(ScenarioTemplate.id)
def read_scenarios(workspace: Parameter, ids: Parameter) -> Select[ScenarioTemplate]:
    """Living scenario templates by id."""
    return _living_scenarios(workspace).where(among(ScenarioTemplate.id, ids))


@many_per(ScenarioTemplateTest.scenario_id)
def read_positions(workspace: Parameter, scenario_ids: Parameter) -> Select[ScenarioTemplateTest]:
    """The positions of scenario templates, in order."""
    return (
        select(ScenarioTemplateTest)
        .where(
            ScenarioTemplateTest.workspace_id == workspace,
            among(ScenarioTemplateTest.scenario_id, scenario_ids),
        )
        .order_by(ScenarioTemplateTest.position)
    )


def _living_tests(workspace_id: UUID | Parameter) -> Select[TestTemplate]:
    return select(TestTemplate).where(
        TestTemplate.workspace_id == workspace_id, TestTemplate.deleted_at.is_(None)
    )


def _living_scenarios(workspace_id: UUID | Parameter) -> Select[ScenarioTemplate]:
    return select(ScenarioTemplate).where(
        ScenarioTemplate.workspace_id == workspace_id, ScenarioTemplate.deleted_at.is_(None)
    )


def _contains_test(name: str) -> ColumnElement[bool]:
    contained = select(ScenarioTemplateTest.id).where(
        ScenarioTemplateTest.scenario_id == ScenarioTemplate.id,
        ScenarioTemplateTest.test_id == parameter(name, Uuid()),
    )
    return contained.exists()


TESTS = Listing(
    _living_tests,
    conditions={
        "search": contains(TestTemplate.name),
        "kind": equals(TestTemplate.kind),
        "tag": holds(TestTemplate.tags),
    },
    orders={
        TemplateOrder.CREATED_AT: (TestTemplate.created_at, TestTemplate.id),
        TemplateOrder.UPDATED_AT: (TestTemplate.updated_at, TestTemplate.id),
        TemplateOrder.NAME: (TestTemplate.name, TestTemplate.id),
    },
)
SCENARIOS = Listing(
    _living_scenarios,
    conditions={
        "search": contains(ScenarioTemplate.name),
        "test_id": Condition(_contains_test),
    },
    orders={
        TemplateOrder.CREATED_AT: (ScenarioTemplate.created_at, ScenarioTemplate.id),
        TemplateOrder.UPDATED_AT: (ScenarioTemplate.updated_at, ScenarioTemplate.id),
        TemplateOrder.NAME: (ScenarioTemplate.name, ScenarioTemplate.id),
    },
)
