"""Create a mission: copy scenarios and their tests, which are independent from then on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.missions import repository
from domain.missions.address import check_base_url
from domain.missions.models import Mission, MissionScenario, MissionTest
from domain.missions.values import (
    Vault,
    change_stored,
    check_values,
    list_disputed_names,
    list_secret_names,
)
from domain.shared.actor import Actor
from domain.shared.audit import created
from domain.shared.checks import Checks
from domain.shared.crypto import Sealer
from domain.shared.database import JsonObject
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork
from domain.templates import repository as templates
from domain.templates.models import ScenarioTemplate, ScenarioTemplateTest, TestTemplate
from domain.templates.rules import ParameterValue, apply_overrides, read_parameters

EDIT = "mission.edit"
SCENARIOS_MOST = 100
TESTS_MOST = 2_000


@dataclass(frozen=True, slots=True)
class CreateMission:
    """A mission to be; the same scenario template may be named more than once."""

    name: str
    scenario_template_ids: Sequence[UUID]
    description: str = ""
    base_url: str | None = None
    parameters: Sequence[ParameterValue] = ()


@dataclass(frozen=True, slots=True)
class Copies:
    """What a mission is made of."""

    scenarios: list[MissionScenario]
    tests: list[MissionTest]


async def create_mission(
    uow: UnitOfWork, actor: Actor, command: CreateMission, *, sealer: Sealer
) -> Mission:
    """Make a mission from scenario templates.

    Raises:
        Forbidden: the actor may not edit missions.
        Invalid: a template is not there, a value fits no parameter, or the like.
    """
    actor.require(EDIT)
    mission_id = new_id()
    checks = Checks()
    name = checks.name(command.name, ("name",))
    description = checks.text(command.description.strip(), ("description",))
    base_url = check_base_url(checks, command.base_url, ("base_url",))
    copies = await _copy_scenarios(uow, actor, mission_id, command, checks)
    declarations = [read_parameters(test.parameters) for test in copies.tests]
    for disputed in list_disputed_names(declarations):
        checks.refuse(
            ("scenario_template_ids",),
            f"The parameter {disputed} is secret in one test and plain in another.",
        )
    secret = list_secret_names(declarations)
    values = check_values(checks, command.parameters, secret)
    checks.settle()
    mission = Mission(
        id=mission_id,
        workspace_id=actor.workspace_id,
        name=name,
        description=description,
        base_url=base_url,
        parameters=change_stored({}, values, secret, Vault(sealer, mission_id)),
        created_by=actor.user_id,
    )
    await repository.store(uow.session, [mission])
    await repository.store(uow.session, copies.scenarios)
    await repository.store(uow.session, copies.tests)
    scenarios = [scenario.name for scenario in copies.scenarios]
    uow.audit(created("mission.create", actor, mission, scenarios=scenarios))
    return mission


async def _copy_scenarios(
    uow: UnitOfWork, actor: Actor, mission_id: UUID, command: CreateMission, checks: Checks
) -> Copies:
    copies = Copies([], [])
    wanted = command.scenario_template_ids
    if len(wanted) > SCENARIOS_MOST:
        checks.refuse(
            ("scenario_template_ids",), f"These are more than {SCENARIOS_MOST} scenarios."
        )
        return copies
    found = await templates.share_scenarios(uow.session, actor.workspace_id, set(wanted))
    positions = await templates.read_positions(uow.session, actor.workspace_id, found)
    test_ids = {position.test_id for row in positions.values() for position in row}
    tests = await templates.read_tests(uow.session, actor.workspace_id, test_ids)
    for index, template_id in enumerate(wanted):
        template = found.get(template_id)
        if template is None:
            checks.refuse(
                ("scenario_template_ids", str(index)), "The scenario template was not found."
            )
            continue
        scenario = _copy_scenario(template, mission_id, index)
        copies.scenarios.append(scenario)
        copies.tests.extend(_copy_tests(scenario, positions[template_id], tests))
    if len(copies.tests) > TESTS_MOST:
        checks.refuse(("scenario_template_ids",), f"These are more than {TESTS_MOST} tests.")
    return copies


def _copy_scenario(template: ScenarioTemplate, mission_id: UUID, position: int) -> MissionScenario:
    return MissionScenario(
        id=new_id(),
        workspace_id=template.workspace_id,
        mission_id=mission_id,
        template_id=template.id,
        name=template.name,
        run_mode=template.run_mode,
        position=position,
    )


def _copy_tests(
    scenario: MissionScenario,
    positions: Sequence[ScenarioTemplateTest],
    tests: Mapping[UUID, TestTemplate],
) -> list[MissionTest]:
    copies: list[MissionTest] = []
    for position in positions:
        test = tests[position.test_id]
        parameters: JsonObject = apply_overrides(test.parameters, position.parameters)
        copies.append(
            MissionTest(
                id=new_id(),
                workspace_id=scenario.workspace_id,
                mission_id=scenario.mission_id,
                scenario_id=scenario.id,
                template_id=test.id,
                name=test.name,
                description=test.description,
                kind=test.kind,
                steps=test.steps,
                parameters=parameters,
                tags=test.tags,
                timeout_seconds=test.timeout_seconds,
                healing=test.healing,
                position=position.position,
            )
        )
    return copies
