"""The page scripts, read once: one self-contained function per entry point."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from playwright.async_api import ElementHandle

_LIBRARY: Final = ("walk", "names", "place", "describe", "resemble", "answer", "instruct")
_ENTRIES: Final = {
    "verify": (*_LIBRARY, "verify"),
    "inspect": (*_LIBRARY, "verify"),
    "heal": (*_LIBRARY, "heal"),
    "instruct": _LIBRARY,
    "learn": ("walk", "names", "place", "describe", "resemble", "learn"),
    "settle": ("settle",),
    "change": ("settle",),
    "parsed": ("settle",),
    "watch": ("react",),
}
_FINDERS: Final = frozenset({"verify", "inspect", "heal", "instruct"})


@cache
def script(entry: str) -> str:
    """Return the source of a page function that calls `entry`.

    The function takes `{json, given}`: the request as JSON text, and elements to look at; both
    ways text is several times quicker than a tree of objects. What finds elements returns
    `{report, elements}` with the report as JSON text, the rest its plain result.
    """
    sources = "\n".join(_read(name) for name in _ENTRIES[entry])
    call = f"{entry}({{ ...JSON.parse(input.json), given: input.given || [] }})"
    body = f"return {call};"
    if entry in _FINDERS:
        body = (
            f"const {{ report, elements }} = {call};"
            "return { report: JSON.stringify(report), elements };"
        )
    return f"(input) => {{ 'use strict';\n{sources}\n{body}\n}}"


def arguments(
    request: Mapping[str, object], given: Sequence[ElementHandle] = ()
) -> dict[str, object]:
    """Return the argument for a page function."""
    return {"json": json.dumps(request), "given": list(given)}


@cache
def _read(name: str) -> str:
    return files(__package__).joinpath("page", f"{name}.js").read_text(encoding="utf-8")
