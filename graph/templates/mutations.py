"""Changing templates."""

import strawberry

from domain.templates import repository
from domain.templates.create import create_scenario_template, create_test_template
from domain.templates.delete import delete_scenario_template, delete_test_template
from domain.templates.update import update_scenario_template, update_test_template
from graph.support.context import Info
from graph.support.errors import UserError, attempt
from graph.support.fields import mutation
from graph.support.targets import read_if_stale
from graph.templates.inputs import (
    CreateScenarioTemplateInput,
    CreateTestTemplateInput,
    DeleteScenarioTemplateInput,
    DeleteTestTemplateInput,
    UpdateScenarioTemplateInput,
    UpdateTestTemplateInput,
)
from graph.templates.types import ScenarioTemplate, TestTemplate

EDIT = "template.edit"


@strawberry.type
class CreateTestTemplatePayload:
    """The new template."""

    test_template: TestTemplate | None
    user_errors: list[UserError]


@strawberry.type
class UpdateTestTemplatePayload:
    """The template as it is now, also after a CONFLICT."""

    test_template: TestTemplate | None
    user_errors: list[UserError]


@strawberry.type
class DeleteTestTemplatePayload:
    """The template as it was, or as it is after a CONFLICT."""

    test_template: TestTemplate | None
    user_errors: list[UserError]


@strawberry.type
class CreateScenarioTemplatePayload:
    """The new template."""

    scenario_template: ScenarioTemplate | None
    user_errors: list[UserError]


@strawberry.type
class UpdateScenarioTemplatePayload:
    """The template as it is now, also after a CONFLICT."""

    scenario_template: ScenarioTemplate | None
    user_errors: list[UserError]


@strawberry.type
class DeleteScenarioTemplatePayload:
    """The template as it was, or as it is after a CONFLICT."""

    scenario_template: ScenarioTemplate | None
    user_errors: list[UserError]


@strawberry.type
class TemplateMutations:
    """Root fields."""

    @mutation(EDIT, "Create a test template.")
    async def create_test_template(
        self,
        info: Info,
        input: CreateTestTemplateInput,  # noqa: A002 - the argument's name
    ) -> CreateTestTemplatePayload:
        """Store a test."""
        made = await attempt(
            info, lambda uow, actor: create_test_template(uow, actor, input.to_command())
        )
        template = None if made.value is None else TestTemplate.from_row(made.value)
        return CreateTestTemplatePayload(test_template=template, user_errors=made.user_errors)

    @mutation(EDIT, "Change a test template; missions made from it stay as they are.")
    async def update_test_template(
        self,
        info: Info,
        input: UpdateTestTemplateInput,  # noqa: A002 - the argument's name
    ) -> UpdateTestTemplatePayload:
        """Change a test."""
        command = input.to_command()
        changed = await attempt(info, lambda uow, actor: update_test_template(uow, actor, command))
        row = await read_if_stale(info, changed, repository.read_tests, command.template_id)
        template = None if row is None else TestTemplate.from_row(row)
        return UpdateTestTemplatePayload(test_template=template, user_errors=changed.user_errors)

    @mutation(EDIT, "Delete a test template that no scenario template contains.")
    async def delete_test_template(
        self,
        info: Info,
        input: DeleteTestTemplateInput,  # noqa: A002 - the argument's name
    ) -> DeleteTestTemplatePayload:
        """Delete a test."""
        command = input.to_command()
        deleted = await attempt(info, lambda uow, actor: delete_test_template(uow, actor, command))
        row = await read_if_stale(info, deleted, repository.read_tests, command.template_id)
        template = None if row is None else TestTemplate.from_row(row)
        return DeleteTestTemplatePayload(test_template=template, user_errors=deleted.user_errors)

    @mutation(EDIT, "Create a scenario template.")
    async def create_scenario_template(
        self,
        info: Info,
        input: CreateScenarioTemplateInput,  # noqa: A002 - the argument's name
    ) -> CreateScenarioTemplatePayload:
        """Store a scenario."""
        made = await attempt(
            info, lambda uow, actor: create_scenario_template(uow, actor, input.to_command())
        )
        scenario = None if made.value is None else ScenarioTemplate.from_row(made.value)
        return CreateScenarioTemplatePayload(
            scenario_template=scenario, user_errors=made.user_errors
        )

    @mutation(EDIT, "Change a scenario template; missions made from it stay as they are.")
    async def update_scenario_template(
        self,
        info: Info,
        input: UpdateScenarioTemplateInput,  # noqa: A002 - the argument's name
    ) -> UpdateScenarioTemplatePayload:
        """Change a scenario."""
        command = input.to_command()
        changed = await attempt(
            info, lambda uow, actor: update_scenario_template(uow, actor, command)
        )
        row = await read_if_stale(info, changed, repository.read_scenarios, command.template_id)
        scenario = None if row is None else ScenarioTemplate.from_row(row)
        return UpdateScenarioTemplatePayload(
            scenario_template=scenario, user_errors=changed.user_errors
        )

    @mutation(EDIT, "Delete a scenario template.")
    async def delete_scenario_template(
        self,
        info: Info,
        input: DeleteScenarioTemplateInput,  # noqa: A002 - the argument's name
    ) -> DeleteScenarioTemplatePayload:
        """Delete a scenario."""
        command = input.to_command()
        deleted = await attempt(
            info, lambda uow, actor: delete_scenario_template(uow, actor, command)
        )
        row = await read_if_stale(info, deleted, repository.read_scenarios, command.template_id)
        scenario = None if row is None else ScenarioTemplate.from_row(row)
        return DeleteScenarioTemplatePayload(
            scenario_template=scenario, user_errors=deleted.user_errors
        )
