"""Load what is remembered of one test's elements, before its run begins."""

from uuid import UUID

from domain.elements import repository
from domain.elements.hot import HotElements, NoHotElements, Version
from domain.elements.repository import ActiveElement
from domain.shared.database import JsonObject, Session

_NOTHING = NoHotElements()


async def recall_elements(
    session: Session, workspace_id: UUID, scope_id: UUID, hot: HotElements = _NOTHING
) -> list[JsonObject]:
    """Return every usable element of a test template, newest seen first.

    One statement says which they are; what is remembered of them comes from `hot`, and with one
    more statement from PostgreSQL where there is no copy.
    Each entry has `step_key`, `url_pattern` and `element`, which `StoredElement.from_json` reads.
    """
    active = await repository.list_active(session, workspace_id, scope_id)
    copies = await hot.get(workspace_id, [_name_version(one) for one in active])
    missing = [one.id for one in active if _name_version(one) not in copies]
    fresh = await repository.read_remembered(session, workspace_id, missing) if missing else {}
    if fresh:
        kept = {_name_version(one): remembered for one, remembered in fresh.values()}
        await hot.keep(workspace_id, kept)
    known = [
        fresh[one.id] if one.id in fresh else (one, copies.get(_name_version(one)))
        for one in active
    ]
    return [describe_stored(one, copy) for one, copy in known if copy is not None]


def describe_stored(element: ActiveElement, remembered: JsonObject) -> JsonObject:
    """Return an element as a run receives it."""
    return {
        "step_key": element.step_key,
        "url_pattern": element.url_pattern,
        "element": {
            **remembered,
            "version": element.version,
            "successes": element.hits,
            "failures": element.misses,
            "last_seen_at": element.last_seen_at.isoformat(),
        },
    }


def _name_version(element: ActiveElement) -> Version:
    return Version(element.id, element.version, element.updated_at)
