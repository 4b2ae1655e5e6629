"""What people do to one element: it is locked, and what becomes of it is a version of its own."""

from uuid import UUID

from domain.elements import repository
from domain.elements.history import LONGEST_NOTE, Reason, Status
from domain.elements.models import Element, ElementVersion
from domain.shared.actor import Actor
from domain.shared.checks import Checks
from domain.shared.database import JsonObject
from domain.shared.errors import NotFound
from domain.shared.ids import new_id
from domain.shared.unit_of_work import UnitOfWork

EDIT = "element.edit"


async def lock(uow: UnitOfWork, actor: Actor, element_id: UUID) -> Element:
    """Return an element that nobody else changes meanwhile.

    Raises:
        NotFound: there is no such element for this actor.
    """
    element = await repository.lock_element(uow.session, actor.workspace_id, element_id)
    if element is None:
        raise NotFound("The element", field=("id",))
    return element


def check_note(note: str, name: str = "reason") -> str:
    """Return why somebody does something, trimmed.

    Raises:
        Invalid: it is too long, or no text.
    """
    checks = Checks()
    checked = checks.text(note.strip(), (name,), longest=LONGEST_NOTE)
    checks.settle()
    return checked


async def move_on(
    uow: UnitOfWork,
    actor: Actor,
    element: Element,
    reason: Reason,
    status: Status,
    *,
    note: str = "",
) -> None:
    """Give an element the status that a person wants, as a version that looks like the last one."""
    session, here = uow.session, element.workspace_id
    last = await repository.find_version(session, here, element.id, element.version)
    picture = last.picture if last else None
    await add_version(uow, actor, element, reason, status, picture=picture, note=note)


async def add_version(
    uow: UnitOfWork,
    actor: Actor,
    element: Element,
    reason: Reason,
    status: Status,
    *,
    parent: int | None = None,
    changes: JsonObject | None = None,
    picture: bytes | None = None,
    note: str = "",
) -> None:
    """Make an element, as it is in memory, a version newer, and write the row of its history."""
    newest = (await repository.read_newest(uow.session, [element.id])).get(element.id)
    made_from = parent or element.version
    element.version = max(element.version, newest.version if newest else 0) + 1
    element.reason, element.status = reason.value, status.value
    version = ElementVersion(
        id=new_id(),
        workspace_id=element.workspace_id,
        element_id=element.id,
        version=element.version,
        parent=made_from,
        reason=reason.value,
        status=status.value,
        made_by=actor.user_id,
        remembered=element.remembered,
        changes=changes or {},
        note=note or None,
        picture=picture,
    )
    await repository.add_version(uow.session, version)
