"""Compares texts, addresses and sets; every result is 0 to 1, or nothing when not comparable."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from domain.elements.masking import holds_mask
from domain.elements.stability import split_address

_WORD: Final = re.compile(r"\[\w+\]|\w+")
_NUMBERS: Final = re.compile(r"(?<!\w)[(\[]?\d+(?:[.,:/]\d+)*[)\]%+]?(?!\w)")
_QUOTES: Final = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "}
)
_TRAILING: Final = re.compile(r"[\s:*…]+$")


def plain(text: str) -> str:
    """Return `text` as people compare it.

    Without case, extra space, trailing colon or star, and with one kind of quotation marks.
    """
    return _TRAILING.sub("", " ".join(text.split())).translate(_QUOTES).casefold()


@lru_cache(maxsize=4096)
def words(text: str) -> frozenset[str]:
    """Return the distinct words of `text` in lower case; a mask is a word."""
    return frozenset(_WORD.findall(text.casefold()))


def same_but_for_digits(left: str, right: str) -> bool:
    """Say whether two texts differ only in numbers that stand alone (“Inbox (3)”, “Inbox”).

    A number that is part of a word, as in “photo2”, is what tells it from “photo1”.
    """
    return left != right and _without_numbers(left) == _without_numbers(right) != ""


def _without_numbers(text: str) -> str:
    return " ".join(_NUMBERS.sub(" ", text).split())


def text_similarity(left: str, right: str) -> float | None:
    """Compare two texts: 1 when equal, else the share of words they have in common.

    Nothing when both are empty, or equal with a mask in them: then they may differ.
    """
    left, right = plain(left), plain(right)
    if not left and not right:
        return None
    if left == right:
        return None if holds_mask(left) else 1.0
    return set_similarity(words(left), words(right))


def set_similarity(left: Iterable[str], right: Iterable[str]) -> float | None:
    """Return the share of members in common (Jaccard); nothing when both are empty."""
    ours, theirs = frozenset(left), frozenset(right)
    if not ours and not theirs:
        return None
    return len(ours & theirs) / len(ours | theirs)


def equality(left: str, right: str) -> float | None:
    """Return 1 or 0; nothing when both are empty or equal with a mask in them."""
    if not left and not right:
        return None
    if left == right:
        return None if holds_mask(left) else 1.0
    return 0.0


def mapping_similarity(left: Mapping[str, str], right: Mapping[str, str]) -> float | None:
    """Return the share of names that have equal values on both sides."""
    names = left.keys() | right.keys()
    if not names:
        return None
    return sum(left.get(name) == right.get(name) for name in names) / len(names)


def ratio(left: float, right: float) -> float | None:
    """Return the smaller of two sizes as a share of the larger; nothing when both are 0."""
    largest = max(left, right)
    return min(left, right) / largest if largest > 0 else None


def address(href: str) -> str:
    """Return a link's target without origin; nothing for links that lead nowhere."""
    if not href or href.startswith(("#", "javascript:")):
        return "" if len(href) < 2 or href.startswith("javascript:") else href
    parts = split_address(href)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return target + (f"#{parts.fragment}" if parts.fragment else "")


def address_similarity(left: str, right: str) -> float | None:
    """Compare two link targets: 1 when equal, else the share of path segments in common."""
    ours, theirs = address(left), address(right)
    same = equality(ours, theirs)
    if same is None or same == 1.0:
        return same
    return set_similarity(ours.split("/"), theirs.split("/"))
