"""Say by hand that a remembered element is wrong, and why."""

from dataclasses import dataclass
from uuid import UUID

from domain.elements.by_hand import EDIT, check_note, lock, move_on
from domain.elements.history import Reason, Status
from domain.elements.models import Element
from domain.shared.actor import Actor
from domain.shared.audit import changed, snapshot
from domain.shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class InvalidateElement:
    """Which element, and why."""

    element_id: UUID
    note: str = ""


async def invalidate_element(uow: UnitOfWork, actor: Actor, command: InvalidateElement) -> Element:
    """Believe an element no more, whatever became of it so far.

    Unlike one that fails too often, it does not come back by what a run that used it has found
    meanwhile. One that is invalidated already stays as it is.

    Raises:
        Forbidden: the actor may not edit elements.
        NotFound: there is no such element for this actor.
        Invalid: the note is too long.
    """
    actor.require(EDIT)
    note = check_note(command.note)
    element = await lock(uow, actor, command.element_id)
    if (element.status, element.reason) != (Status.INVALIDATED, Reason.INVALIDATED):
        before = snapshot(element)
        await move_on(uow, actor, element, Reason.INVALIDATED, Status.INVALIDATED, note=note)
        uow.audit(changed("element.invalidate", actor, element, before, because=note or None))
    return element
