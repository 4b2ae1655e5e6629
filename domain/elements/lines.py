"""A cache as a file: a header, one element a line, and a last line that tells how many they are.

    {"format": "metamorph-elements", "version": 1, "exported_at": "2026-03-02T12:00:00+00:00"}
    {"scope": "0195…", "step_key": "…", "url_pattern": "/users/*", "element": {…}}
    {"format": "metamorph-elements", "end": 1}

`element` is what a run is given, without its record of use. Whatever is read from a file is masked
again, and its key computed anew: a file is somebody else's word.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from domain.elements import json_values
from domain.elements.errors import MalformedFingerprint
from domain.elements.fingerprint import Fingerprint
from domain.elements.keys import element_key
from domain.elements.masking import mask_text
from domain.elements.stability import LONGEST_PATTERN, url_pattern
from domain.elements.stored import Selector, StoredElement
from domain.shared.database import JsonObject

FORMAT: Final = "metamorph-elements"
VERSION: Final = 1
LONGEST_LINE: Final = 256 * 1024
MOST_ELEMENTS: Final = 20_000
_MOST_SELECTORS: Final = 20
_LONGEST_SELECTOR: Final = 2_000
_LONGEST_METHOD: Final = 20
_LONGEST_TEXT: Final = 1_000
_FIELDS: Final = frozenset({"scope", "step_key", "url_pattern", "element"})
_STEP_KEY: Final = re.compile(r"[\x21-\x7e]{1,64}")
_DIGEST: Final = re.compile(r"[0-9a-f]{16}|")
_SAID: Final = re.compile(r"(?:[0-9a-f]{32})?")
_PERSONAL: Final = re.compile(r"\[(?:email|uuid|digits)\]")


class LineRefused(Exception):
    """A line of a file that is not taken, with a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One element of a file, checked and masked."""

    scope_id: UUID
    step_key: str
    url_pattern: str
    element: StoredElement

    def key(self, workspace_id: UUID) -> str:
        """Its key in a workspace."""
        return element_key(
            workspace_id=workspace_id,
            template_id=self.scope_id,
            step_key=self.step_key,
            page_url=self.url_pattern,
        )


def write_header(now: datetime) -> bytes:
    """Return the first line."""
    return _write({"format": FORMAT, "version": VERSION, "exported_at": now.isoformat()})


def write_entry(
    scope_id: UUID, step_key: str, pattern: str, remembered: Mapping[str, object]
) -> bytes | None:
    """Return the line of an element; None for one that another version of the product wrote."""
    try:
        stored = clean(StoredElement.from_json(remembered))
    except MalformedFingerprint:
        return None
    element = stored.to_json()
    for name in ("version", "successes", "failures", "last_seen_at"):
        del element[name]
    return _write(
        {"scope": str(scope_id), "step_key": step_key, "url_pattern": pattern, "element": element}
    )


def write_end(count: int) -> bytes:
    """Return the last line."""
    return _write({"format": FORMAT, "end": count})


def check_header(line: bytes) -> None:
    """Check the first line.

    Raises:
        LineRefused: it begins no file of this kind.
    """
    header = _read(line)
    if header.get("format") != FORMAT or "version" not in header:
        raise LineRefused("This does not begin an export of elements.")
    if header["version"] != VERSION:
        raise LineRefused(f"This is version {header['version']} of the format, not {VERSION}.")


def read_end(line: bytes) -> int | None:
    """Return the number in a last line; None for any other line.

    Raises:
        LineRefused: it is no JSON object.
    """
    data = _read(line)
    end = data.get("end")
    return end if data.get("format") == FORMAT and isinstance(end, int) else None


def read_entry(line: bytes, scope_id: UUID | None = None) -> Entry:
    """Return the element of a line.

    Args:
        line: as it stands in the file.
        scope_id: what it is to belong to, whatever the line says.

    Raises:
        LineRefused: something of it is not as it has to be.
    """
    data = _read(line)
    if data.keys() != _FIELDS:
        raise LineRefused(f"An element has the fields {', '.join(sorted(_FIELDS))} and no others.")
    try:
        scope = UUID(json_values.text(data["scope"]))
        step_key = json_values.text(data["step_key"])
        pattern = json_values.text(data["url_pattern"])
        stored = StoredElement.from_json(json_values.fields(data["element"]))
    except MalformedFingerprint as error:
        raise LineRefused(error.message[:300]) from error
    except (TypeError, ValueError) as error:
        raise LineRefused(f"A field is not as it has to be: {error}"[:300]) from error
    if not _STEP_KEY.fullmatch(step_key):
        raise LineRefused("The step_key is none.")
    if len(pattern) > LONGEST_PATTERN or url_pattern(pattern) != pattern:
        raise LineRefused("The url_pattern is an address, not a pattern.")
    if not _SAID.fullmatch(stored.said) or len(stored.method) > _LONGEST_METHOD:
        raise LineRefused("The element's method or said is none.")
    return Entry(scope_id or scope, step_key, pattern, clean(stored))


def clean(stored: StoredElement) -> StoredElement:
    """Return an element without what looks personal or secret, as it would have been learned.

    A selector that holds such a thing is left out: masked it would find nothing.
    """
    frame, reaction = stored.frame, stored.reaction
    # Hashes look like keys, and say nothing.
    picture, peers = stored.fingerprint.picture, stored.fingerprint.peers
    whole = replace(stored.fingerprint, picture=None, peers="")
    seen = Fingerprint.from_json(json_values.fields(_mask_all(whole.to_json())))
    masked = Fingerprint.from_page(seen.to_json(), seen.page)
    return replace(
        stored,
        fingerprint=replace(
            masked, picture=picture, peers=peers if _DIGEST.fullmatch(peers) else ""
        ),
        selectors=tuple(filter(_is_harmless, stored.selectors))[:_MOST_SELECTORS],
        frame=frame
        and replace(frame, url_pattern=_mask(frame.url_pattern), name=_mask(frame.name)),
        reaction=reaction and replace(reaction, navigated_to=_mask(reaction.navigated_to)),
        method=_mask(stored.method),
    )


def _mask(text: str) -> str:
    """Mask a text, of which no more is kept than pages are asked for: a long one takes minutes."""
    return mask_text(text[:_LONGEST_TEXT])


def _mask_all(value: object) -> object:
    """Mask every text and every name: who wrote the file chose both."""
    if isinstance(value, str):
        return _mask(value)
    if isinstance(value, Mapping):
        return {_mask(str(name)): _mask_all(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_mask_all(part) for part in value]
    return value


def _is_harmless(selector: Selector) -> bool:
    parts = (selector.value, *selector.hosts)
    return all(
        len(part) <= _LONGEST_SELECTOR and not _PERSONAL.search(mask_text(part)) for part in parts
    )


def _read(line: bytes) -> JsonObject:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise LineRefused("This is no JSON.") from error
    if not isinstance(data, dict):
        raise LineRefused("This is no JSON object.")
    return data


def _write(data: JsonObject) -> bytes:
    return orjson.dumps(data) + b"\n"
