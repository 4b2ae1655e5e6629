"""What becomes of an element: the versions that runs and people give it, and what they differ in."""

import base64
import binascii
from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog

from domain.elements import json_values
from domain.elements.errors import MalformedFingerprint
from domain.elements.fingerprint import Fingerprint
from domain.elements.masking import clean_text
from domain.elements.pictures import LARGEST_BYTES
from domain.elements.stored import describe_changes
from domain.shared.database import JsonObject

log = structlog.get_logger()

LONGEST_DESCRIPTION: Final = 500
LONGEST_NOTE: Final = 500
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"IEND\xaeB`\x82"


class Status(StrEnum):
    """Whether an element is used.

    DEPRECATED was set aside by a person, INVALIDATED by a person or by its own record; a step that
    is learned anew makes either ACTIVE again.
    """

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    INVALIDATED = "invalidated"


SUGGESTED: Final = "suggested"
"""Status of a version that nobody uses before a person accepts it."""


class Reason(StrEnum):
    """How a version came about.

    The first four are given by runs; UNRELIABLE, when an element failed too often, by them too. The
    others are what people did.
    """

    LEARNED = "learned"
    UPDATED = "updated"
    HEALED = "healed"
    SUGGESTED = "suggested"
    UNRELIABLE = "unreliable"
    RESTORED = "restored"
    DEPRECATED = "deprecated"
    INVALIDATED = "invalidated"
    REINSTATED = "reinstated"
    IMPORTED = "imported"


OF_RUNS: Final = frozenset({Reason.LEARNED, Reason.UPDATED, Reason.HEALED, Reason.SUGGESTED})


def read_reason(value: object) -> Reason:
    """Return the reason that a run gives for a version.

    Raises:
        MalformedFingerprint: it is none that a run can have.
    """
    if value not in OF_RUNS:
        raise MalformedFingerprint(f"unknown reason: {value}")
    return Reason(json_values.text(value))


def read_fingerprint(remembered: Mapping[str, object] | None) -> Fingerprint | None:
    """Return what a version looks like; nothing where another version of the product wrote it."""
    try:
        return Fingerprint.from_json(json_values.fields((remembered or {}).get("fingerprint")))
    except (MalformedFingerprint, TypeError):
        return None


def compare(before: JsonObject | None, after: JsonObject | None) -> JsonObject:
    """Return what two versions differ in: part -> [before, after]; nothing if one is unreadable."""
    old, new = read_fingerprint(before), read_fingerprint(after)
    if old is None or new is None:
        return {}
    return {part: list(pair) for part, pair in describe_changes(old, new).items()}


def looks_same(left: JsonObject, right: JsonObject) -> bool:
    """Say whether two versions mean the same element, found in the same ways."""
    names = ("stable_hash", "selectors", "frame")
    return all(left.get(name) == right.get(name) for name in names)


def describe(fingerprint: Fingerprint) -> str:
    """Return what an element is called in lists."""
    kind, name = fingerprint.role or fingerprint.tag, fingerprint.name
    return clean_text(f"{kind} “{name}”" if name else kind)[:LONGEST_DESCRIPTION]


def read_picture(value: object, execution_id: UUID) -> bytes | None:
    """Return the picture that came with a version; what is too large or no PNG is left out."""
    if not value:
        return None
    try:
        png = base64.b64decode(json_values.text(value), validate=True)
    except (binascii.Error, TypeError, ValueError):
        png = b""
    if len(png) > LARGEST_BYTES:
        log.warning("element.picture_too_large", execution=str(execution_id), bytes=len(png))
        return None
    if not (png.startswith(_PNG) and png.endswith(_PNG_END)):
        log.warning("element.picture_malformed", execution=str(execution_id))
        return None
    return png
