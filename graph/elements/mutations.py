"""Setting remembered elements aside, and using them again."""

import strawberry

from domain.elements import models
from domain.elements.set_aside import (
    EDIT,
    SetElementAside,
    UseElementAgain,
    set_element_aside,
    use_element_again,
)
from graph.elements.types import ELEMENT, Element
from graph.support.context import Info
from graph.support.errors import Attempted, UserError, attempt
from graph.support.fields import mutation
from graph.support.targets import identify


@strawberry.input
class SetElementAsideInput:
    """Which element."""

    id: strawberry.ID = strawberry.field(description="Of an element.")

    def to_command(self) -> SetElementAside:
        """As the domain takes it."""
        return SetElementAside(identify(self.id, ELEMENT))


@strawberry.input
class UseElementAgainInput:
    """Which element that was set aside."""

    id: strawberry.ID = strawberry.field(description="Of an element.")

    def to_command(self) -> UseElementAgain:
        """As the domain takes it."""
        return UseElementAgain(identify(self.id, ELEMENT))


@strawberry.type
class SetElementAsidePayload:
    """The element as it is now."""

    element: Element | None
    user_errors: list[UserError]


@strawberry.type
class UseElementAgainPayload:
    """The element as it is now; its record starts anew."""

    element: Element | None
    user_errors: list[UserError]


@strawberry.type
class ElementMutations:
    """Root fields."""

    @mutation(EDIT, "Stop using an element: the next run looks for it afresh and learns it anew.")
    async def set_element_aside(
        self,
        info: Info,
        input: SetElementAsideInput,  # noqa: A002 - the argument's name
    ) -> SetElementAsidePayload:
        """What a person says is wrong."""
        command = input.to_command()
        done = await attempt(info, lambda uow, actor: set_element_aside(uow, actor, command))
        return SetElementAsidePayload(element=wrap(done), user_errors=done.user_errors)

    @mutation(EDIT, "Use an element again that a person or its own record had set aside.")
    async def use_element_again(
        self,
        info: Info,
        input: UseElementAgainInput,  # noqa: A002 - the argument's name
    ) -> UseElementAgainPayload:
        """What a person says is right after all."""
        command = input.to_command()
        done = await attempt(info, lambda uow, actor: use_element_again(uow, actor, command))
        return UseElementAgainPayload(element=wrap(done), user_errors=done.user_errors)


def wrap(attempted: Attempted[models.Element]) -> Element | None:
    """What a verb returned, as clients see it."""
    return None if attempted.value is None else Element.from_row(attempted.value)
