"""Reads `pairs.json`, and says in one line what is wrong with it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

FILE = "pairs.json"
SHAPE = (
    '[{"old": "a.html", "new": "b.html", "elements": [{"old_xpath": "...", "new_xpath": "..."}]}]'
)


class BadPairs(Exception):
    """A `pairs.json` that cannot be used; the message names the file, the entry and the remedy."""


@dataclass(frozen=True)
class Element:
    """One element by its XPath in both pages; `new_xpath` is None when the new one lacks it."""

    old_xpath: str
    new_xpath: str | None


@dataclass(frozen=True)
class Pair:
    """Two versions of a page, and what is the same in them.

    Attributes:
        site: whose pages they are; pairs that do not say belong to one nameless site.
        split: "training" for what weights were fitted on, "report" for all that was not.
    """

    old: str
    new: str
    elements: tuple[Element, ...]
    site: str = ""
    split: str = "report"


def read_pairs(directory: Path) -> list[Pair]:
    """Read `pairs.json`.

    Raises:
        BadPairs: it is missing, is no JSON, or an entry is not as it should be.
    """
    file = directory / FILE
    if not directory.is_dir():
        raise BadPairs(f"{directory}: no such directory; name one with a {FILE} in it.")
    if not file.is_file():
        raise BadPairs(f"{file}: not there; write one of the form {SHAPE}.")
    try:
        entries = json.loads(file.read_text("utf-8-sig"))
    except (ValueError, OSError) as error:
        raise BadPairs(f"{file}: cannot be read as JSON ({error}); write {SHAPE}.") from error
    if not isinstance(entries, list) or not entries:
        raise BadPairs(f"{file}: must be a list with at least one pair; write {SHAPE}.")
    pairs = [_pair(file, f"entry {at}", entry) for at, entry in enumerate(entries, start=1)]
    if not any(pair.elements for pair in pairs):
        raise BadPairs(f"{file}: no pair has any elements; add some to “elements”.")
    return pairs


def write_pairs(directory: Path, pairs: list[Pair]) -> None:
    """Write `pairs.json`; `read_pairs` is the inverse."""
    entries = [
        {
            "old": pair.old,
            "new": pair.new,
            "site": pair.site,
            "split": pair.split,
            "elements": [
                {"old_xpath": one.old_xpath, "new_xpath": one.new_xpath} for one in pair.elements
            ],
        }
        for pair in pairs
    ]
    (directory / FILE).write_text(json.dumps(entries, indent=1) + "\n")


def _pair(file: Path, where: str, entry: object) -> Pair:
    if not isinstance(entry, dict):
        raise BadPairs(f"{file}, {where}: must be an object; write {SHAPE}.")
    elements = entry.get("elements")
    if not isinstance(elements, list):
        raise BadPairs(f"{file}, {where}: “elements” must be a list; write {SHAPE}.")
    return Pair(
        _page(file, where, entry, "old"),
        _page(file, where, entry, "new"),
        tuple(_elements(file, where, elements)),
        _word(file, where, entry, "site", ""),
        _word(file, where, entry, "split", "report"),
    )


def _elements(file: Path, where: str, elements: list[object]) -> Iterator[Element]:
    for at, one in enumerate(elements, start=1):
        place = f"{where}, element {at}"
        if not isinstance(one, dict):
            raise BadPairs(f"{file}, {place}: must be an object with old_xpath and new_xpath.")
        old, new = one.get("old_xpath"), one.get("new_xpath", "")
        if not isinstance(old, str) or not old.strip():
            raise BadPairs(f"{file}, {place}: “old_xpath” must be an XPath; it is {old!r}.")
        if new is not None and (not isinstance(new, str) or not new.strip()):
            raise BadPairs(
                f"{file}, {place}: “new_xpath” must be an XPath, or null when the element was"
                f" removed; it is {one.get('new_xpath', 'missing')!r}."
            )
        yield Element(old, new)


def _page(file: Path, where: str, entry: dict[str, object], key: str) -> str:
    name = entry.get(key)
    if not isinstance(name, str) or not name.strip():
        raise BadPairs(f"{file}, {where}: “{key}” must name a page; it is {name!r}.")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        raise BadPairs(
            f"{file}, {where}: “{key}” is {name!r}; it must be a path below {file.parent}."
        )
    return str(path)


def _word(file: Path, where: str, entry: dict[str, object], key: str, default: str) -> str:
    word = entry.get(key, default)
    if not isinstance(word, str):
        raise BadPairs(f"{file}, {where}: “{key}” must be text; it is {word!r}.")
    return word
