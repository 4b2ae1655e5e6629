"""Reading templates: one by id, or pages of them."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.shared.listing import PageQuery
from domain.templates import repository
from domain.templates.repository import (
    ScenarioTemplateFilter,
    TestTemplateFilter,
)
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.nodes import NodeReader
from graph.support.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    list_rows,
    request_page,
)
from graph.support.targets import identify
from graph.templates.inputs import (
    ScenarioTemplateFilterInput,
    TemplateOrderInput,
    TestTemplateFilterInput,
)
from graph.templates.types import ScenarioTemplate, TestTemplate

READ = "template.read"
FILTER = strawberry.argument(name="filter")


@strawberry.type
class TemplateQueries:
    """Root fields."""

    @described("A test template; null when there is none for the caller.")
    async def test_template(self, info: Info, identity: Id) -> TestTemplate | None:
        """One by its id."""
        return await read_test(info.context, identify(identity, "TestTemplate"))

    @described("Test templates, the newest first unless ordered otherwise.")
    async def test_templates(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        wanted: Annotated[TestTemplateFilterInput | None, FILTER] = None,
        order_by: TemplateOrderInput | None = None,
    ) -> Connection[TestTemplate]:
        """A page of them."""
        actor = await info.context.actor()
        actor.require(READ)
        order = order_by or TemplateOrderInput()
        request = request_page(
            first=first,
            after=after,
            last=last,
            before=before,
            descending=order.direction.descending,
        )
        filtered = wanted.to_filter() if wanted else TestTemplateFilter()
        found = repository.select_tests(actor.workspace_id, filtered)
        columns = repository.TEST_ORDERS[order.field]
        return list_rows(TestTemplate, PageQuery(found, columns, request))

    @described("A scenario template; null when there is none for the caller.")
    async def scenario_template(self, info: Info, identity: Id) -> ScenarioTemplate | None:
        """One by its id."""
        return await read_scenario(info.context, identify(identity, "ScenarioTemplate"))

    @described("Scenario templates, the newest first unless ordered otherwise.")
    async def scenario_templates(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        wanted: Annotated[ScenarioTemplateFilterInput | None, FILTER] = None,
        order_by: TemplateOrderInput | None = None,
    ) -> Connection[ScenarioTemplate]:
        """A page of them."""
        actor = await info.context.actor()
        actor.require(READ)
        order = order_by or TemplateOrderInput()
        request = request_page(
            first=first,
            after=after,
            last=last,
            before=before,
            descending=order.direction.descending,
        )
        filtered = wanted.to_filter() if wanted else ScenarioTemplateFilter()
        found = repository.select_scenarios(actor.workspace_id, filtered)
        columns = repository.SCENARIO_ORDERS[order.field]
        return list_rows(ScenarioTemplate, PageQuery(found, columns, request))


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
