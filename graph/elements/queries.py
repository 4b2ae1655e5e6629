"""Reading remembered elements."""

from uuid import UUID

import strawberry

from domain.elements.reading import repository
from domain.elements.reading.repository import ElementFilter, ElementOrder
from domain.shared.checks import NAME_LENGTH, Checks
from graph.elements.types import ELEMENT, Element, ElementStatus
from graph.support.context import Context, Info
from graph.support.fields import Id, described
from graph.support.lists import listed
from graph.support.nodes import NodeReader
from graph.support.ordering import OrderDirection
from graph.support.paging import Connection
from graph.support.targets import identify

READ = "element.read"
SCOPES = ("TestTemplate", "MissionTest")
"""What elements belong to."""

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

    elements: Connection[Element] = listed(
        repository.ELEMENTS,
        ElementFilterInput,
        ElementOrderInput,
        permission=READ,
        description="Remembered elements, the last seen first unless ordered otherwise.",
    )


async def read_element(context: Context, identity: UUID) -> Element | None:
    """An element, for whoever may see elements."""
    actor = await context.actor()
    actor.require(READ)
    row = await context.load(repository.read_elements, identity)
    return None if row is None else Element.from_row(row)


NODES: dict[str, NodeReader] = {ELEMENT: read_element}
