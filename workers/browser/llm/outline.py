"""A page as a language model is shown it: pruned, masked, numbered, and bounded in size."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import ElementHandle, Frame, Page
from playwright.async_api import Error as PlaywrightError

from domain.elements import json_values
from domain.elements.stability import url_pattern
from workers.browser.llm.hiding import Hiding
from workers.browser.locate import looking
from workers.browser.locate.scripts import Finding, Library

_MOST_NODES: Final = 3_000
_LONGEST_TEXT: Final = 240
_SHORT_TEXT: Final = 60
_MOST_LETTERS: Final = 24_000
"""About 8,000 tokens; most pages take a fifth of it."""
_LONGEST_READ: Final = 1_000
_MOST_READ_LETTERS: Final = 40_000

_Node = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Entry:
    """An element with a number; role and name as they were when the model was shown them."""

    frame: Frame
    finding: Finding
    index: int
    role: str
    name: str

    async def element(self) -> ElementHandle | None:
        """Fetch the element itself; nothing when it has left the document meanwhile."""
        async with looking.answering(self.frame):
            return await self.finding.element(self.index)


@dataclass(slots=True)
class Outline:
    """What a model is shown.

    Attributes:
        text: The page, with what it is made of quoted: no text of it can end the quotation.
        entries: What can be used, by number.
        digest: Equal for two moments at which the same things stand on the page.
        cut: What was left out, as a sentence; empty when nothing was.
    """

    text: str = ""
    entries: dict[int, Entry] = field(default_factory=dict)
    digest: str = ""
    cut: str = ""
    _parts: Sequence["_Part"] = ()

    def release(self) -> None:
        """Let the pages forget what was found."""
        _release(self._parts)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one frame is made of."""

    frame: Frame
    finding: Finding | None
    nodes: Sequence[_Node]
    left: int
    title: str


class Outliner:
    """Makes outlines of one page."""

    def __init__(self, page: Page, library: Library, hiding: Hiding) -> None:
        self._page = page
        self._library = library
        self._hiding = hiding

    async def show_page(self) -> Outline:
        """The whole page with everything that can be used, in every frame that is shown.

        Raises:
            PlaywrightError: The page moved on, is gone, or cannot be read.
        """
        parts = await self._read_frames(_LONGEST_TEXT)
        outline = Outline(_parts=parts)
        digest = hashlib.sha256()
        writer = _Writer(self._hiding.hide)
        for part in parts:
            writer.open_frame(part, self._page)
            for node in part.nodes:
                number = self._number(outline, part, node)
                writer.add(node, number)
                if node.get("role") != "text":  # a clock that ticks is no other page
                    digest.update(repr([node.get("role"), node.get("name"), number]).encode())
        outline.digest = digest.hexdigest()
        left = sum(part.left for part in parts)
        outline.text, outline.cut = writer.fit(_MOST_LETTERS, left)
        shown = writer.shown
        outline.entries = {n: one for n, one in outline.entries.items() if n in shown}
        return outline

    async def read_page(self) -> Outline:
        """What the page says, without numbers; personal data is hidden in a way to be undone."""
        return self._read(await self._read_frames(_LONGEST_READ))

    async def read_element(self, element: ElementHandle) -> Outline:
        """What one element says."""
        return self._read([await self._read_below(element, _LONGEST_READ)])

    async def is_same(self, entry: Entry, element: ElementHandle) -> bool:
        """Say whether an element is still what the model was shown under its number."""
        part = await self._read_below(element, _LONGEST_TEXT)
        now = part.nodes[0] if part.nodes else {}
        return (now.get("role"), now.get("name")) == (entry.role, entry.name)

    def _read(self, parts: Sequence[_Part]) -> Outline:
        writer = _Writer(self._hiding.hide_numbered)
        for part in parts:
            writer.open_frame(part, self._page)
            for node in part.nodes:
                writer.add(node, None)
        text, cut = writer.fit(_MOST_READ_LETTERS, sum(part.left for part in parts))
        return Outline(text=text, cut=cut, _parts=parts)

    def _number(self, outline: Outline, part: _Part, node: _Node) -> int | None:
        index = node.get("index")
        if not isinstance(index, int) or part.finding is None:
            return None
        number = len(outline.entries) + 1
        role, name = str(node.get("role", "")), str(node.get("name", ""))
        outline.entries[number] = Entry(part.frame, part.finding, index, role, name)
        return number

    async def _read_frames(self, longest: int) -> list[_Part]:
        parts = [await self._read_frame(self._page.main_frame, longest)]
        try:
            for frame in self._page.frames[1:]:
                parts += await self._read_child(frame, longest)
        except BaseException:
            _release(parts)
            raise
        return parts

    async def _read_child(self, frame: Frame, longest: int) -> list[_Part]:
        """Read a frame that is shown; one that vanishes meanwhile has nothing to say."""
        try:
            return [await self._read_frame(frame, longest)] if await looking.is_shown(frame) else []
        except PlaywrightError as error:
            if looking.is_closed(self._page, error):
                raise
            return []

    async def _read_frame(self, frame: Frame, longest: int) -> _Part:
        limits: dict[str, object] = {"most": _MOST_NODES, "longest": longest}
        async with looking.answering(frame):
            finding = await self._library.find(frame, "outline", limits)
        try:
            return _read_part(frame, finding, finding.report)
        except PlaywrightError:
            finding.release()
            raise

    async def _read_below(self, element: ElementHandle, longest: int) -> _Part:
        limits: dict[str, object] = {"most": _MOST_NODES, "longest": longest}
        frame = await element.owner_frame()
        if frame is None:
            raise PlaywrightError("the element has left its document")
        async with looking.answering(frame):
            text = await self._library.tell(frame, "outline", limits, [element])
        return _read_part(frame, None, text)


def _release(parts: Sequence[_Part]) -> None:
    for part in parts:
        if part.finding is not None:
            part.finding.release()


def _read_part(frame: Frame, finding: Finding | None, text: object) -> _Part:
    try:
        report = json_values.fields(json.loads(json_values.text(text)))
        nodes = [json_values.fields(node) for node in json_values.items(report["nodes"])]
        title = json_values.text(report["title"])
        return _Part(frame, finding, nodes, json_values.whole(report["left"]), title)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        # A page that replaces what JavaScript is made of can make anything of the report.
        raise PlaywrightError(f"the frame {frame.url} cannot be read: {error}") from error


@dataclass(slots=True)
class _Line:
    text: str
    number: int | None
    is_text: bool


class _Writer:
    """Writes lines, and leaves out what matters least when there are too many."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        self._hide = hide
        self._lines: list[_Line] = []

    @property
    def shown(self) -> set[int]:
        """Numbers that stand in the text."""
        return {line.number for line in self._lines if line.number is not None}

    def open_frame(self, part: _Part, page: Page) -> None:
        """Say which document follows."""
        kind = "document" if part.frame is page.main_frame else "frame"
        address = self._hide(url_pattern(part.frame.url))
        text = f"{kind} {_quote(self._hide(part.title))} at {_quote(address)}"
        self._lines.append(_Line(text, None, is_text=False))

    def add(self, node: _Node, number: int | None) -> None:
        """Add one line."""
        depth = node.get("depth")
        indent = "  " * (min(depth, 12) + 1 if isinstance(depth, int) else 1)
        mark = "" if number is None else f"[{number}] "
        text = f"{indent}{mark}{self._describe(node)}"
        is_text = number is None and node.get("role") in {"text", "row"}
        self._lines.append(_Line(text, number, is_text))

    def fit(self, most: int, left: int) -> tuple[str, str]:
        """The lines within so many letters, and what had to go: long texts, texts, the rest."""
        cut = [f"{left} more parts of the page were not looked at"] if left else []
        if self._size > most:
            for line in self._lines:
                if line.is_text and len(line.text) > _SHORT_TEXT * 2:
                    line.text = f'{line.text[: _SHORT_TEXT * 2]}…"'
            cut.append("long texts were shortened")
        if self._size > most and self.shown:
            self._lines = [line for line in self._lines if not line.is_text]
            cut.append("texts between the elements were left out")
        if self._size > most:
            cut.append(f"{self._drop_rest(most)} lines at the end were left out")
        return "\n".join(line.text for line in self._lines), "; ".join(cut)

    @property
    def _size(self) -> int:
        return sum(len(line.text) + 1 for line in self._lines)

    def _drop_rest(self, most: int) -> int:
        kept, size = 0, 0
        for line in self._lines:
            size += len(line.text) + 1
            if size > most:
                break
            kept += 1
        dropped = len(self._lines) - kept
        del self._lines[kept:]
        return dropped

    def _describe(self, node: _Node) -> str:
        role = str(node.get("role", ""))
        words = [role if role.isidentifier() else "generic"]
        if node.get("name"):
            words.append(_quote(self._hide(str(node["name"]))))
        for key, word in (("hint", "known as"), ("near", "beside")):
            if node.get(key):
                words.append(f"{word} {_quote(self._hide(str(node[key])))}")
        states = [one for one in json_values.items(node.get("states")) if isinstance(one, str)]
        if states:
            words.append(f"({', '.join(states)})")
        words += self._describe_options(node.get("options"))
        return " ".join(words)

    def _describe_options(self, options: object) -> list[str]:
        if not isinstance(options, Mapping):
            return []
        shown = [self._hide(str(one)) for one in json_values.items(options.get("all"))]
        chosen = [self._hide(str(one)) for one in json_values.items(options.get("chosen"))]
        more = options.get("count")
        hidden = more - len(shown) if isinstance(more, int) else 0
        said = f"options: {', '.join(_quote(one) for one in shown)}"
        words = [f"chosen: {', '.join(_quote(one) for one in chosen)};"] if chosen else []
        return [*words, f"{said} and {hidden} more" if hidden > 0 else said]


def _quote(text: str) -> str:
    """A text of the page in quotation marks that it cannot leave, nor the tag around them."""
    return json.dumps(text, ensure_ascii=False).replace("<", "\\u003c")
