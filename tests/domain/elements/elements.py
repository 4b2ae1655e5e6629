"""Elements to compare: a save button of a form, and whatever a test wants it to be."""

from dataclasses import replace
from datetime import UTC, datetime

from domain.elements.fingerprint import Ancestor, Box, Fingerprint, Interactivity, PageContext
from domain.elements.stored import Selector, StoredElement

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PAGE = PageContext("/users/*/edit", "en", 1000, 700, signed_in=True, load_state="complete")
SAVE = Fingerprint(
    tag="button",
    role="button",
    name="Save",
    text="Save",
    attributes={"id": "save", "name": "_save", "type": "submit", "class": "btn primary"},
    box=Box(10, 400, 80, 32),
    styles={"color": "rgb(255, 255, 255)", "fontSize": "14px"},
    ancestors=(Ancestor("form", "edit", ("card",)), Ancestor("main"), Ancestor("body")),
    sections=("Edit user",),
    surroundings=("Name Save Cancel",),
    neighbours=("Name", "Cancel"),
    state=Interactivity(clickable=True),
    page=PAGE,
)
ELSEWHERE = {
    "sections": ("Danger zone",),
    "surroundings": ("Nobody can undo this",),
    "neighbours": ("undo", "this"),
}
"""Other surroundings."""


def element(**changes: object) -> Fingerprint:
    """The save button with changes; `attributes` are merged, None removes one."""
    attributes = changes.pop("attributes", None)
    changed = replace(SAVE, **changes)
    if isinstance(attributes, dict):
        merged = {**SAVE.attributes, **attributes}
        kept = {name: value for name, value in merged.items() if value is not None}
        changed = replace(changed, attributes=kept)
    return changed


def row_button(name: str, *, twins: int = 2, **changes: object) -> Fingerprint:
    """A delete button in the row of somebody, among others like it."""
    row = f"{name} Sales active Delete"
    values: dict[str, object] = {
        "name": "Delete",
        "text": "Delete",
        "attributes": {"id": None, "name": None},
        "sections": ("Users",),
        "surroundings": (row, f"Name Team State {row}"),
        "neighbours": ("active", ""),
        "twins": twins,
        "twin_scope": 0,
        "distinguishing": (name.lower(),),
    }
    return element(**(values | changes))


def stored(fingerprint: Fingerprint = SAVE, **changes: object) -> StoredElement:
    """What the cache keeps about an element that was seen just now."""
    values: dict[str, object] = {
        "selectors": (Selector("css", "#save"),),
        "last_seen_at": NOW,
        **changes,
    }
    return StoredElement(fingerprint, **values)
