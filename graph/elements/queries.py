"""Reading remembered elements."""

from typing import Annotated
from uuid import UUID

import strawberry

from domain.elements.reading import repository
from domain.elements.reading.repository import ElementFilter, ElementOrder
from domain.shared.checks import NAME_LENGTH, Checks
from domain.shared.listing import PageQuery
from graph.elements.types import ELEMENT, Element, ElementStatus
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.nodes import NodeReader
from graph.support.ordering import OrderDirection
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

READ = "element.read"
SCOPES = ("TestTemplate", "MissionTest")
"""What elements belong to."""

FILTER = strawberry.argument(name="filter")

strawberry.enum(ElementOrder, name="ElementOrderField", description="What elements are sorted by.")


@strawberry.input(name="ElementFilter", description="Conditions that all hold.")
class ElementFilterInput:
    """Which elements."""

    scope_id: strawberry.ID | None = strawberry.field(
        default=None, description="Elements of this test template, or of a test made without one."
    )
    status: ElementStatus | None = None
    search: str | None = strawberry.field(
        default=None, description="A part of the description, in any case."
    )

    def to_filter(self) -> ElementFilter:
        """As the domain takes it.

        Raises:
            Invalid: a text that nothing can contain.
        """
        checks = Checks()
        checks.text(self.search or "", ("search",), longest=NAME_LENGTH)
        checks.settle()
        return ElementFilter(
            scope_id=None if self.scope_id is None else identify(self.scope_id, *SCOPES),
            status=None if self.status is None else self.status.value,
            search=self.search,
        )


@strawberry.input(name="ElementOrder")
class ElementOrderInput:
    """What a list of elements is sorted by; ties are broken by id."""

    field: ElementOrder = ElementOrder.LAST_SEEN_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class ElementQueries:
    """Root fields."""

    @described("A remembered element; null when there is none for the caller.")
    async def element(self, info: Info, identity: Id) -> Element | None:
        """One by its id."""
        return await read_element(info.context, identify(identity, ELEMENT))

    @described("Remembered elements, the last seen first unless ordered otherwise.")
    async def elements(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        wanted: Annotated[ElementFilterInput | None, FILTER] = None,
        order_by: ElementOrderInput | None = None,
    ) -> Connection[Element]:
        """A page of them."""
        actor = await info.context.actor()
        actor.require(READ)
        order = order_by or ElementOrderInput()
        request = request_page(
            first=first,
            after=after,
            last=last,
            before=before,
            descending=order.direction.descending,
        )
        filtered = wanted.to_filter() if wanted else ElementFilter()
        found = repository.select_elements(actor.workspace_id, filtered)
        columns = repository.ELEMENT_ORDERS[order.field]
        return list_rows(Element, PageQuery(found, columns, request))


async def read_element(context: Context, identity: UUID) -> Element | None:
    """An element, for whoever may see elements."""
    actor = await context.actor()
    actor.require(READ)
    row = await context.load(repository.read_elements, identity)
    return None if row is None else Element.from_row(row)


NODES: dict[str, NodeReader] = {ELEMENT: read_element}
