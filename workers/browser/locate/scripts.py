"""The page scripts, read once: one self-contained function per entry point."""

from functools import cache
from importlib.resources import files
from typing import Final

_LIBRARY: Final = ("walk", "names", "place", "describe", "resemble", "answer", "instruct")
_ENTRIES: Final = {
    "verify": (*_LIBRARY, "verify"),
    "inspect": (*_LIBRARY, "verify"),
    "heal": (*_LIBRARY, "heal"),
    "instruct": _LIBRARY,
    "learn": ("walk", "names", "place", "describe", "resemble", "learn"),
    "settle": ("settle",),
    "change": ("settle",),
}
_FINDERS: Final = frozenset({"verify", "inspect", "heal", "instruct"})


@cache
def script(entry: str) -> str:
    """Return the source of a page function that calls `entry` with its one argument.

    What finds elements returns `{report, elements}` with the report as JSON text, because
    handing text over is several times quicker than handing over a tree of objects.
    """
    sources = "\n".join(_read(name) for name in _ENTRIES[entry])
    call = f"return {entry}(input);"
    if entry in _FINDERS:
        call = (
            f"const {{ report, elements }} = {entry}(input);"
            "return { report: JSON.stringify(report), elements };"
        )
    return f"(input) => {{ 'use strict';\n{sources}\n{call}\n}}"


@cache
def _read(name: str) -> str:
    return files(__package__).joinpath("page", f"{name}.js").read_text(encoding="utf-8")
