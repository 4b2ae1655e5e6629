"""Delete test and scenario templates; the rows stay for history."""

from dataclasses import dataclass
from uuid import UUID

from domain.shared.actor import Actor
from domain.shared.audit import deleted
from domain.shared.errors import Conflict, NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.shared.versions import require_version
from domain.templates import repository
from domain.templates.create import EDIT
from domain.templates.models import ScenarioTemplate, TestTemplate


@dataclass(frozen=True, slots=True)
class DeleteTemplate:
    """Which template; without `expected_version` whatever it has become."""

    template_id: UUID
    expected_version: int | None = None


async def delete_test_template(
    uow: UnitOfWork, actor: Actor, command: DeleteTemplate
) -> TestTemplate:
    """Delete a test template that no scenario template contains; missions keep their copies.

    Raises:
        Forbidden: the actor may not edit templates.
        NotFound: there is no such template for this actor.
        Conflict: a scenario template contains it, or it is not at the expected version.
    """
    actor.require(EDIT)
    template = await repository.lock_test(uow.session, actor.workspace_id, command.template_id)
    if template is None:
        raise NotFound("The test template", field=("id",))
    require_version("The test template", template.version, command.expected_version)
    user = await repository.find_scenario_using(uow.session, template.id)
    if user is not None:
        raise Conflict(f'The scenario template "{user}" contains this test.', field=("id",))
    await repository.bury(uow.session, template)
    uow.audit(deleted("test_template.delete", actor, template))
    return template


async def delete_scenario_template(
    uow: UnitOfWork, actor: Actor, command: DeleteTemplate
) -> ScenarioTemplate:
    """Delete a scenario template; missions keep their copies.

    Raises:
        Forbidden: the actor may not edit templates.
        NotFound: there is no such template for this actor.
        Conflict: it is not at the expected version.
    """
    actor.require(EDIT)
    scenario = await repository.lock_scenario(uow.session, actor.workspace_id, command.template_id)
    if scenario is None:
        raise NotFound("The scenario template", field=("id",))
    require_version("The scenario template", scenario.version, command.expected_version)
    await repository.bury(uow.session, scenario)
    uow.audit(deleted("scenario_template.delete", actor, scenario))
    return scenario
