"""Set a remembered element aside by hand, so that the next run looks for it afresh."""

from dataclasses import dataclass
from uuid import UUID

from domain.elements.by_hand import EDIT, check_note, lock, move_on
from domain.elements.history import Reason, Status
from domain.elements.models import Element
from domain.shared.actor import Actor
from domain.shared.audit import changed, snapshot
from domain.shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SetElementAside:
    """Which element, and why."""

    element_id: UUID
    note: str = ""


async def set_element_aside(uow: UnitOfWork, actor: Actor, command: SetElementAside) -> Element:
    """Stop using an element; one that is set aside already stays as it is.

    Raises:
        Forbidden: the actor may not edit elements.
        NotFound: there is no such element for this actor.
        Invalid: the note is too long.
    """
    actor.require(EDIT)
    note = check_note(command.note)
    element = await lock(uow, actor, command.element_id)
    if element.status == Status.ACTIVE:
        before = snapshot(element)
        await move_on(uow, actor, element, Reason.DEPRECATED, Status.DEPRECATED, note=note)
        uow.audit(changed("element.set_aside", actor, element, before, because=note or None))
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
    element = await lock(uow, actor, command.element_id)
    if element.status != Status.ACTIVE:
        before = snapshot(element)
        # Its record starts anew, or the next miss would set it aside again.
        element.hits = element.misses = 0
        await move_on(uow, actor, element, Reason.REINSTATED, Status.ACTIVE)
        uow.audit(changed("element.use_again", actor, element, before))
    return element
