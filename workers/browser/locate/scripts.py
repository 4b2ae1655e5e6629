"""The page scripts: small ones that are sent for every use, and a library that stays."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

import orjson
from playwright.async_api import ElementHandle, Frame, JSHandle
from playwright.async_api import Error as PlaywrightError

T = TypeVar("T")

_LIBRARY: Final = (
    "walk",
    "names",
    "cover",
    "place",
    "describe",
    "resemble",
    "answer",
    "instruct",
    "verify",
    "heal",
    "learn",
    "outline",
)
_ENTRIES: Final = ("match", "verify", "inspect", "heal", "instruct", "learn", "outline")
_SINGLE: Final = {"settle": "settle", "change": "settle", "parsed": "settle", "watch": "react"}
# Both ways text is several times quicker than a tree of objects.
_TELL: Final = "(library, input) => library.write(library[input.entry](input).report)"
_FIND: Final = """(library, input) => {
  const { report, elements } = library[input.entry](input);
  return { report: library.write(report), elements };
}"""


class Library:
    """What looks at a page, sent to each document once and called by its handle.

    A page cannot reach it, as it could by a name; but it shares the page's built-in objects.
    """

    def __init__(self) -> None:
        self._sent: WeakKeyDictionary[Frame, JSHandle] = WeakKeyDictionary()

    async def tell(
        self,
        frame: Frame,
        entry: str,
        request: Mapping[str, object],
        given: Sequence[ElementHandle],
    ) -> str:
        """What `entry` reports of the elements it is given, as JSON text."""
        argument = {"entry": entry, **arguments(request, given)}
        return await self._use(frame, lambda library: library.evaluate(_TELL, argument))

    async def find(self, frame: Frame, entry: str, request: Mapping[str, object]) -> JSHandle:
        """What `entry` finds: `report` as JSON text, and `elements`."""
        argument = {"entry": entry, **arguments(request)}
        return await self._use(frame, lambda library: library.evaluate_handle(_FIND, argument))

    async def _use(self, frame: Frame, call: Callable[[JSHandle], Awaitable[T]]) -> T:
        known = self._sent.get(frame)
        if known is not None:
            try:
                return await call(known)
            except PlaywrightError:
                # The document it was sent to may be gone; if it is not, this happens again.
                del self._sent[frame]
        sent = self._sent[frame] = await frame.evaluate_handle(_source())
        return await call(sent)


@cache
def script(entry: str) -> str:
    """Return the source of a page function that calls `entry` with `arguments`."""
    return f"(input) => {{ 'use strict';\n{_read(_SINGLE[entry])}\nreturn {_call(entry)};\n}}"


def arguments(
    request: Mapping[str, object], given: Sequence[ElementHandle] = ()
) -> dict[str, object]:
    """Return the argument for a page function; a request may hold dataclasses."""
    return {"json": orjson.dumps(request).decode(), "given": list(given)}


@cache
def _source() -> str:
    sources = "\n".join(_read(name) for name in _LIBRARY)
    entries = ", ".join(
        f"{entry}: (input) => {{ try {{ return {_call(entry)}; }} finally {{ memory.clear(); }} }}"
        for entry in _ENTRIES
    )
    return f"() => {{ 'use strict';\n{sources}\nreturn {{ write, {entries} }};\n}}"


def _call(entry: str) -> str:
    return f"{entry}({{ ...JSON.parse(input.json), given: input.given }})"


@cache
def _read(name: str) -> str:
    return files(__package__).joinpath("page", f"{name}.js").read_text(encoding="utf-8")
