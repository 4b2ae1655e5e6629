"""Rewrites a Playwright trace so that no secret is left in its text."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson

from workers.browser.masking import SecretMask

_EVENT_MEMBERS: Final = re.compile(r"\.(?:trace|network|stacks)$")
_PICTURE_MEMBERS: Final = re.compile(
    r"\.(?:png|jpe?g|gif|webp|avif|ico|woff2?|ttf|otf|mp4|webm|wasm)$", re.IGNORECASE
)


def mask_trace(source: Path, target: Path, mask: SecretMask) -> None:
    """Copy a trace without its secrets.

    Events are JSON lines and stay so: only texts inside them are changed, never the names that
    the viewer relies on. Other texts (pages, scripts, answers of servers) are changed as bytes.
    """
    with (
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for member in old.infolist():
            content = old.read(member)
            if not _PICTURE_MEMBERS.search(member.filename):
                content = _mask_member(member.filename, content, mask)
            new.writestr(mask.text(member.filename), content)


def _mask_member(name: str, content: bytes, mask: SecretMask) -> bytes:
    if not _EVENT_MEMBERS.search(name):
        return mask.bytes(content)
    return b"".join(_mask_lines(content, mask))


def _mask_lines(content: bytes, mask: SecretMask) -> Iterator[bytes]:
    for line in content.splitlines(keepends=True):
        # Most lines hold nothing to hide, and parsing them all would take most of the time.
        if mask.bytes(line) == line:
            yield line
            continue
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            yield mask.bytes(line)
            continue
        yield orjson.dumps(_mask_values(event, mask)) + b"\n"


def _mask_values(value: object, mask: SecretMask) -> object:
    if isinstance(value, str):
        return mask.text(value)
    if isinstance(value, dict):
        return {key: _mask_values(one, mask) for key, one in value.items()}
    if isinstance(value, list):
        return [_mask_values(one, mask) for one in value]
    return value
