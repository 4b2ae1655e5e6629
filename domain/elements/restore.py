"""Go back to an earlier version of an element, or accept one that a run has suggested."""

from dataclasses import dataclass, replace
from uuid import UUID

from domain.elements import repository
from domain.elements.by_hand import EDIT, add_version, lock
from domain.elements.history import Reason, Status, compare, describe, read_fingerprint
from domain.elements.models import Element
from domain.shared.actor import Actor
from domain.shared.audit import Values, changed, snapshot
from domain.shared.clock import Clock, SystemClock
from domain.shared.errors import NotFound
from domain.shared.unit_of_work import UnitOfWork
from domain.shared.versions import require_version


@dataclass(frozen=True, slots=True)
class RestoreElementVersion:
    """Which version of which element.

    Attributes:
        expected_version: the element's version that was looked at; None: whichever it has.
    """

    element_id: UUID
    version: int
    expected_version: int | None = None


async def restore_element_version(
    uow: UnitOfWork, actor: Actor, command: RestoreElementVersion, *, clock: Clock | None = None
) -> Element:
    """Make an element look as in one of its versions; that is a new version, with a clean record.

    An active element whose version it is already stays as it is.

    Raises:
        Forbidden: the actor may not edit elements.
        NotFound: there is no such element for this actor, or it has no such version any more.
        Conflict: the element is not at the expected version any more.
    """
    actor.require(EDIT)
    element = await lock(uow, actor, command.element_id)
    require_version("The element", element.version, command.expected_version)
    version = await repository.find_version(
        uow.session, actor.workspace_id, element.id, command.version
    )
    if version is None:
        raise NotFound("The version of the element", field=("version",))
    if element.status == Status.ACTIVE and element.version == version.version:
        return element
    before = snapshot(element)
    changes = compare(element.remembered, version.remembered)
    fingerprint = read_fingerprint(version.remembered)
    element.remembered = {**version.remembered, "changes": changes}
    if fingerprint is not None:
        element.description = describe(fingerprint)
    element.hits = element.misses = 0
    # Nobody has seen it as it is now, but it must not be forgotten before a run could.
    element.last_seen_at = max(element.last_seen_at, (clock or SystemClock()).now())
    await add_version(
        uow,
        actor,
        element,
        Reason.RESTORED,
        Status.ACTIVE,
        parent=version.version,
        changes=changes,
        picture=version.picture,
    )
    entry = changed("element.restore", actor, element, before, restored=version.version)
    uow.audit(replace(entry, before=_leave_out(entry.before), after=_leave_out(entry.after)))
    return element


def _leave_out(values: Values | None) -> Values:
    """What the audit log is told: how an element looks is in its history already."""
    return {name: value for name, value in (values or {}).items() if name != "remembered"}
