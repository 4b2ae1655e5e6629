"""Change test and scenario templates; missions that were made from them stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.shared.actor import Actor
from domain.shared.audit import changed, snapshot
from domain.shared.changes import UNCHANGED, Unchanged, apply_change
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.shared.versions import require_version
from domain.templates import repository
from domain.templates.create import EDIT
from domain.templates.models import Healing, RunMode, ScenarioTemplate, TestTemplate
from domain.templates.positions import Position, check_scenario, describe_positions
from domain.templates.rules import Parameter, TestContent, check_test, read_parameters


@dataclass(frozen=True, slots=True)
class UpdateTestTemplate:
    """What is to change about a test template; its kind stays for ever."""

    template_id: UUID
    expected_version: int
    name: str | Unchanged = UNCHANGED
    description: str | Unchanged = UNCHANGED
    steps: object | Unchanged = UNCHANGED
    parameters: Sequence[Parameter] | Unchanged = UNCHANGED
    tags: Sequence[str] | Unchanged = UNCHANGED
    timeout_seconds: int | Unchanged = UNCHANGED
    healing: Healing | Unchanged = UNCHANGED


@dataclass(frozen=True, slots=True)
class UpdateScenarioTemplate:
    """What is to change about a scenario template; `tests` replaces the whole list."""

    template_id: UUID
    expected_version: int
    name: str | Unchanged = UNCHANGED
    description: str | Unchanged = UNCHANGED
    run_mode: RunMode | Unchanged = UNCHANGED
    tests: Sequence[Position] | Unchanged = UNCHANGED


async def update_test_template(
    uow: UnitOfWork, actor: Actor, command: UpdateTestTemplate
) -> TestTemplate:
    """Change a test template.

    Raises:
        Forbidden: the actor may not edit templates.
        NotFound: there is no such template for this actor.
        Conflict: it is not at the expected version any more.
        Invalid: something of the content would be wrong.
    """
    actor.require(EDIT)
    template = await repository.lock_test(uow.session, actor.workspace_id, command.template_id)
    if template is None:
        raise NotFound("The test template", field=("id",))
    require_version("The test template", template.version, command.expected_version)
    before = snapshot(template)
    stored = tuple(read_parameters(template.parameters).values())
    checked = check_test(
        TestContent(
            name=apply_change(command.name, template.name),
            kind=template.kind,
            steps=apply_change(command.steps, template.steps),
            description=apply_change(command.description, template.description),
            parameters=apply_change(command.parameters, stored),
            tags=apply_change(command.tags, template.tags),
            timeout_seconds=apply_change(command.timeout_seconds, template.timeout_seconds),
        )
    )
    template.name = checked.name
    template.description = checked.description
    template.steps = checked.steps
    template.parameters = checked.parameters
    template.tags = checked.tags
    template.timeout_seconds = checked.timeout_seconds
    template.healing = apply_change(command.healing, template.healing)
    template.version += 1
    await repository.store(uow.session, [template])
    uow.audit(changed("test_template.update", actor, template, before))
    return template


async def update_scenario_template(
    uow: UnitOfWork, actor: Actor, command: UpdateScenarioTemplate
) -> ScenarioTemplate:
    """Change a scenario template.

    Raises:
        Forbidden: the actor may not edit templates.
        NotFound: there is no such template for this actor.
        Conflict: it is not at the expected version any more.
        Invalid: a test is not there, or a value does not fit its test.
    """
    actor.require(EDIT)
    scenario = await repository.lock_scenario(uow.session, actor.workspace_id, command.template_id)
    if scenario is None:
        raise NotFound("The scenario template", field=("id",))
    require_version("The scenario template", scenario.version, command.expected_version)
    checked = await check_scenario(
        uow,
        actor,
        scenario.id,
        name=apply_change(command.name, scenario.name),
        description=apply_change(command.description, scenario.description),
        positions=apply_change(command.tests, ()),
    )
    before, after = dict(snapshot(scenario)), {}
    scenario.name = checked.name
    scenario.description = checked.description
    scenario.run_mode = apply_change(command.run_mode, scenario.run_mode)
    scenario.version += 1
    if command.tests is not UNCHANGED:
        stored = await repository.read_positions(uow.session, actor.workspace_id, [scenario.id])
        before["tests"] = describe_positions(stored[scenario.id])
        after["tests"] = describe_positions(checked.positions)
        await repository.delete_positions(uow.session, scenario.id)
        await repository.store(uow.session, checked.positions)
    await repository.store(uow.session, [scenario])
    uow.audit(changed("scenario_template.update", actor, scenario, before, **after))
    return scenario
