"""Load what is remembered of one test's elements, before its run begins."""

from uuid import UUID

from domain.elements import repository
from domain.elements.models import Element
from domain.shared.database import JsonObject, Session


async def recall_elements(session: Session, workspace_id: UUID, scope_id: UUID) -> list[JsonObject]:
    """Return every usable element of a test template with one statement, newest seen first.

    Each entry has `step_key`, `url_pattern` and `element`, which `StoredElement.from_json` reads.
    """
    elements = await repository.list_active(session, workspace_id, scope_id)
    return [describe_stored(element) for element in elements]


def describe_stored(element: Element) -> JsonObject:
    """Return an element as a run receives it."""
    return {
        "step_key": element.step_key,
        "url_pattern": element.url_pattern,
        "element": {
            **element.remembered,
            "version": element.version,
            "successes": element.hits,
            "failures": element.misses,
            "last_seen_at": element.last_seen_at.isoformat(),
        },
    }
