"""Create test and scenario templates."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.shared.actor import Actor
from domain.shared.audit import created
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork
from domain.templates import repository
from domain.templates.models import RunMode, ScenarioTemplate, TestTemplate
from domain.templates.positions import Position, check_scenario, describe_positions
from domain.templates.rules import TestContent, check_test

EDIT = "template.edit"


@dataclass(frozen=True, slots=True)
class CreateScenarioTemplate:
    """A scenario template to be: its tests in order, any of them as often as wanted."""

    name: str
    description: str = ""
    run_mode: RunMode = RunMode.SEQUENTIAL
    tests: Sequence[Position] = ()


async def create_test_template(uow: UnitOfWork, actor: Actor, command: TestContent) -> TestTemplate:
    """Store a test from which missions can be made.

    Raises:
        Forbidden: the actor may not edit templates.
        Invalid: something of the content is wrong.
    """
    actor.require(EDIT)
    checked = check_test(command)
    template = TestTemplate(
        id=new_id(),
        workspace_id=actor.workspace_id,
        name=checked.name,
        description=checked.description,
        kind=command.kind,
        steps=checked.steps,
        parameters=checked.parameters,
        tags=checked.tags,
        timeout_seconds=checked.timeout_seconds,
        healing=command.healing,
    )
    await repository.store(uow.session, [template])
    uow.audit(created("test_template.create", actor, template))
    return template


async def create_scenario_template(
    uow: UnitOfWork, actor: Actor, command: CreateScenarioTemplate
) -> ScenarioTemplate:
    """Store an ordered list of tests.

    Raises:
        Forbidden: the actor may not edit templates.
        Invalid: a test is not there, or a value does not fit its test.
    """
    actor.require(EDIT)
    scenario_id = new_id()
    checked = await check_scenario(
        uow,
        actor,
        scenario_id,
        name=command.name,
        description=command.description,
        positions=command.tests,
    )
    scenario = ScenarioTemplate(
        id=scenario_id,
        workspace_id=actor.workspace_id,
        name=checked.name,
        description=checked.description,
        run_mode=command.run_mode,
    )
    await repository.store(uow.session, [scenario])
    await repository.store(uow.session, checked.positions)
    tests = describe_positions(checked.positions)
    uow.audit(created("scenario_template.create", actor, scenario, tests=tests))
    return scenario
