"""The positions of a scenario template: which test stands where, with which values."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.shared.actor import Actor
from domain.shared.checks import Checks
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork
from domain.templates import repository
from domain.templates.models import ScenarioTemplateTest
from domain.templates.rules import (
    POSITIONS_MOST,
    ParameterValue,
    check_overrides,
    read_parameters,
)


@dataclass(frozen=True, slots=True)
class Position:
    """A test at one place of a scenario, and the values it has only there."""

    test_id: UUID
    parameters: Sequence[ParameterValue] = ()


@dataclass(frozen=True, slots=True)
class CheckedScenario:
    """The content of a scenario template as it is stored."""

    name: str
    description: str
    positions: list[ScenarioTemplateTest]


async def check_scenario(
    uow: UnitOfWork,
    actor: Actor,
    scenario_id: UUID,
    *,
    name: str,
    description: str,
    positions: Sequence[Position],
) -> CheckedScenario:
    """Check what a scenario template is to hold, and keep its tests from being deleted meanwhile.

    Raises:
        Invalid: with the path of everything that is wrong; a test of another workspace is missing.
    """
    checks = Checks()
    clean_name = checks.name(name, ("name",))
    clean_description = checks.text(description.strip(), ("description",))
    if len(positions) > POSITIONS_MOST:
        checks.refuse(("tests",), f"These are more than {POSITIONS_MOST} tests.")
    rows = await _place_tests(uow, actor, scenario_id, checks, positions[:POSITIONS_MOST])
    checks.settle()
    return CheckedScenario(clean_name, clean_description, rows)


def describe_positions(positions: Sequence[ScenarioTemplateTest]) -> list[dict[str, object]]:
    """What the audit log says of positions, in their order."""
    return [{"test_id": one.test_id, "parameters": one.parameters} for one in positions]


async def _place_tests(
    uow: UnitOfWork,
    actor: Actor,
    scenario_id: UUID,
    checks: Checks,
    positions: Sequence[Position],
) -> list[ScenarioTemplateTest]:
    wanted = {position.test_id for position in positions}
    tests = await repository.share_tests(uow.session, actor.workspace_id, wanted)
    rows: list[ScenarioTemplateTest] = []
    for index, position in enumerate(positions):
        path = ("tests", str(index))
        test = tests.get(position.test_id)
        if test is None:
            checks.refuse((*path, "test_id"), "The test template was not found.")
            continue
        declared = read_parameters(test.parameters)
        values = check_overrides(checks, (*path, "parameters"), position.parameters, declared)
        rows.append(
            ScenarioTemplateTest(
                id=new_id(),
                workspace_id=actor.workspace_id,
                scenario_id=scenario_id,
                test_id=test.id,
                position=index,
                parameters=values,
            )
        )
    return rows
