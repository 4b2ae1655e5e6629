"""Reading templates: one by id, or pages of them."""

from uuid import UUID

import strawberry

from domain.templates import repository
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.lists import listed
from graph.support.nodes import NodeReader
from graph.support.paging import Connection
from graph.support.targets import identify
from graph.templates.inputs import (
    ScenarioTemplateFilterInput,
    TemplateOrderInput,
    TestTemplateFilterInput,
)
from graph.templates.types import ScenarioTemplate, TestTemplate

READ = "template.read"


@strawberry.type
class TemplateQueries:
    """Root fields."""

    @described("A test template; null when there is none for the caller.")
    async def test_template(self, info: Info, identity: Id) -> TestTemplate | None:
        """One by its id."""
        return await read_test(info.context, identify(identity, "TestTemplate"))

    test_templates: Connection[TestTemplate] = listed(
        repository.TESTS,
        TestTemplateFilterInput,
        TemplateOrderInput,
        permission=READ,
        description="Test templates, the newest first unless ordered otherwise.",
    )

    @described("A scenario template; null when there is none for the caller.")
    async def scenario_template(self, info: Info, identity: Id) -> ScenarioTemplate | None:
        """One by its id."""
        return await read_scenario(info.context, identify(identity, "ScenarioTemplate"))

    scenario_templates: Connection[ScenarioTemplate] = listed(
        repository.SCENARIOS,
        ScenarioTemplateFilterInput,
        TemplateOrderInput,
        permission=READ,
        description="Scenario templates, the newest first unless ordered otherwise.",
    )


async def read_test(context: Context, identity: UUID) -> TestTemplate | None:
    """A test template, for whoever may see templates."""
    actor = await context.actor()
    actor.require(READ)
    row = await context.load(repository.read_tests, identity)
    return None if row is None else TestTemplate.from_row(row)


async def read_scenario(context: Context, identity: UUID) -> ScenarioTemplate | None:
    """A scenario template, for whoever may see templates."""
    actor = await context.actor()
    actor.require(READ)
    row = await context.load(repository.read_scenarios, identity)
    return None if row is None else ScenarioTemplate.from_row(row)


NODES: dict[str, NodeReader] = {
    "TestTemplate": read_test,
    "ScenarioTemplate": read_scenario,
}
