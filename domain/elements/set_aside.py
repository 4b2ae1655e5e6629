"""Set a remembered element aside by hand, so that the next run looks for it afresh."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.elements import repository
from domain.elements.models import Element
from domain.shared.actor import Actor
from domain.shared.audit import changed, snapshot
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork

EDIT = "element.edit"


class Status(StrEnum):
    """Whether an element is used.

    DEPRECATED was set aside by a person, INVALIDATED by its own record; a step that is learned
    anew makes either ACTIVE again.
    """

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    INVALIDATED = "invalidated"


@dataclass(frozen=True, slots=True)
class SetElementAside:
    """Which element."""

    element_id: UUID


async def set_element_aside(uow: UnitOfWork, actor: Actor, command: SetElementAside) -> Element:
    """Stop using an element; one that is set aside already stays as it is.

    Raises:
        Forbidden: the actor may not edit elements.
        NotFound: there is no such element for this actor.
    """
    actor.require(EDIT)
    element = await _lock(uow, actor, command.element_id)
    if element.status == Status.ACTIVE:
        before = snapshot(element)
        element.status = Status.DEPRECATED
        uow.audit(changed("element.set_aside", actor, element, before))
    return element


@dataclass(frozen=True, slots=True)
class UseElementAgain:
    """Which element."""

    element_id: UUID


async def use_element_again(uow: UnitOfWork, actor: Actor, command: UseElementAgain) -> Element:
    """Use an element again that was set aside by a person or by its own record.

    Raises:
        Forbidden: the actor may not edit elements.
        NotFound: there is no such element for this actor.
    """
    actor.require(EDIT)
    element = await _lock(uow, actor, command.element_id)
    if element.status != Status.ACTIVE:
        before = snapshot(element)
        # Its record starts anew, or the next miss would set it aside again.
        element.status, element.hits, element.misses = Status.ACTIVE, 0, 0
        uow.audit(changed("element.use_again", actor, element, before))
    return element


async def _lock(uow: UnitOfWork, actor: Actor, element_id: UUID) -> Element:
    element = await repository.lock_element(uow.session, actor.workspace_id, element_id)
    if element is None:
        raise NotFound("The element", field=("id",))
    return element
