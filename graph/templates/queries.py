"""Reading templates: one by id, or pages of them."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.shared.paging import Key
from domain.templates import models, repository
from domain.templates.repository import (
    ScenarioTemplateFilter,
    TemplateOrder,
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
    make_connection,
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
        workspace = actor.workspace_id
        async with info.context.reading() as session:
            page = await repository.page_tests(session, workspace, filtered, order.field, request)

        async def count() -> int:
            async with info.context.reading() as session:
                return await repository.count_tests(session, workspace, filtered)

        return make_connection(
            page, TestTemplate.from_row, lambda row: key_of(row, order.field), count
        )

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
        workspace = actor.workspace_id
        async with info.context.reading() as session:
            page = await repository.page_scenarios(
                session, workspace, filtered, order.field, request
            )

        async def count() -> int:
            async with info.context.reading() as session:
                return await repository.count_scenarios(session, workspace, filtered)

        return make_connection(
            page, ScenarioTemplate.from_row, lambda row: key_of(row, order.field), count
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


def key_of(row: models.TestTemplate | models.ScenarioTemplate, order: TemplateOrder) -> Key:
    """The place of a row in a list that is sorted so."""
    values = {
        TemplateOrder.CREATED_AT: row.created_at,
        TemplateOrder.UPDATED_AT: row.updated_at,
        TemplateOrder.NAME: row.name,
    }
    return (values[order], row.id)


NODES: dict[str, NodeReader] = {
    "TestTemplate": read_test,
    "ScenarioTemplate": read_scenario,
}
