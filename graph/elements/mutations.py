"""What people do to remembered elements: set aside, use again, call wrong, go back."""

import strawberry

from domain.elements import models
from domain.elements.by_hand import EDIT
from domain.elements.invalidate import invalidate_element
from domain.elements.reading import repository
from domain.elements.restore import restore_element_version
from domain.elements.set_aside import set_element_aside, use_element_again
from graph.elements.inputs import (
    InvalidateElementInput,
    RestoreElementVersionInput,
    SetElementAsideInput,
    UseElementAgainInput,
)
from graph.elements.types import Element
from graph.support.context import Info
from graph.support.errors import Attempted, UserError, attempt
from graph.support.fields import mutation
from graph.support.targets import read_if_stale


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
class InvalidateElementPayload:
    """The element as it is now."""

    element: Element | None
    user_errors: list[UserError]


@strawberry.type
class RestoreElementVersionPayload:
    """The element as it is now, also after a CONFLICT; its record starts anew."""

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
        """What a person does not want to be used."""
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

    @mutation(EDIT, "Say that an element is wrong; it is not used again before it is learned anew.")
    async def invalidate_element(
        self,
        info: Info,
        input: InvalidateElementInput,  # noqa: A002 - the argument's name
    ) -> InvalidateElementPayload:
        """What a person says is wrong."""
        command = input.to_command()
        done = await attempt(info, lambda uow, actor: invalidate_element(uow, actor, command))
        return InvalidateElementPayload(element=wrap(done), user_errors=done.user_errors)

    @mutation(
        EDIT,
        "Go back to an earlier version of an element, or accept one that a run has suggested. "
        "It becomes the newest version, and is used again.",
    )
    async def restore_element_version(
        self,
        info: Info,
        input: RestoreElementVersionInput,  # noqa: A002 - the argument's name
    ) -> RestoreElementVersionPayload:
        """What a person says is right."""
        command = input.to_command()
        done = await attempt(info, lambda uow, actor: restore_element_version(uow, actor, command))
        row = await read_if_stale(info, done, repository.read_elements, command.element_id)
        element = None if row is None else Element.from_row(row)
        return RestoreElementVersionPayload(element=element, user_errors=done.user_errors)


def wrap(attempted: Attempted[models.Element]) -> Element | None:
    """What a verb returned, as clients see it."""
    return None if attempted.value is None else Element.from_row(attempted.value)
