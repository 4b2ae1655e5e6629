"""The page scripts: small ones that are sent for every use, and a library that stays."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
_FIND: Final = """(library, { held, number, ...input }) => {
  for (const one of library.kept.keys()) if (!held.includes(one)) library.kept.delete(one);
  const { report, elements } = library[input.entry](input);
  library.kept.set(number, elements);
  return library.write(report);
}"""
_FETCH: Final = """(library, { number, index }) => {
  const element = library.kept.get(number)?.[index];
  return element?.isConnected ? element : null;
}"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found in one document: `report` as JSON text, and elements that the page keeps.

    Attributes:
        library: what keeps the elements, under
        number: which no other finding of this library has.
    """

    report: str
    library: JSHandle
    number: int
    _held: set[int]

    async def element(self, index: int) -> ElementHandle | None:
        """Fetch an element; nothing when it has left the document meanwhile.

        Raises:
            PlaywrightError: the document itself is gone.
        """
        asked = {"number": self.number, "index": index}
        return (await self.library.evaluate_handle(_FETCH, asked)).as_element()

    def release(self) -> None:
        """Let the page forget the elements, which it does when something else is looked for."""
        self._held.discard(self.number)


@dataclass(slots=True)
class _Document:
    """A document that has the library, and the numbers of the findings that it is to keep."""

    library: JSHandle
    held: set[int] = field(default_factory=set)
    found: int = 0

    async def find(self, argument: Mapping[str, object]) -> Finding:
        self.found += 1
        number, held = self.found, list(self.held)
        self.held.add(number)
        try:
            asked = {**argument, "held": held, "number": number}
            report = await self.library.evaluate(_FIND, asked)
        except BaseException:
            # The page may have found something all the same: nobody will ask for it.
            self.held.discard(number)
            raise
        return Finding(report, self.library, number, self.held)


class Library:
    """What looks at a page, sent to each document once and called by its handle.

    A page cannot reach it, as it could by a name; but it shares the page's built-in objects.
    """

    def __init__(self) -> None:
        self._sent: WeakKeyDictionary[Frame, _Document] = WeakKeyDictionary()

    async def tell(
        self,
        frame: Frame,
        entry: str,
        request: Mapping[str, object],
        given: Sequence[ElementHandle],
    ) -> str:
        """What `entry` reports of the elements it is given, as JSON text."""
        argument = {"entry": entry, **arguments(request, given)}
        return await self._use(frame, lambda known: known.library.evaluate(_TELL, argument))

    async def find(self, frame: Frame, entry: str, request: Mapping[str, object]) -> Finding:
        """What `entry` finds, to be released when its elements are not needed any more."""
        argument = {"entry": entry, **arguments(request)}
        return await self._use(frame, lambda known: known.find(argument))

    async def _use(self, frame: Frame, call: Callable[[_Document], Awaitable[T]]) -> T:
        known = self._sent.get(frame)
        if known is not None:
            try:
                return await call(known)
            except PlaywrightError:
                # The document it was sent to may be gone; if it is not, this happens again.
                del self._sent[frame]
                with contextlib.suppress(PlaywrightError):
                    await known.library.dispose()
        sent = self._sent[frame] = _Document(await frame.evaluate_handle(_source()))
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
    return f"() => {{ 'use strict';\n{sources}\nreturn {{ write, kept: new Map(), {entries} }};\n}}"


def _call(entry: str) -> str:
    return f"{entry}({{ ...JSON.parse(input.json), given: input.given }})"


@cache
def _read(name: str) -> str:
    return files(__package__).joinpath("page", f"{name}.js").read_text(encoding="utf-8")
