"""Removes personal data and secrets from page text before anything keeps it.

Numbers that may be somebody's are masked; dates, times and shares are not. A mask is a word in
brackets. Two texts that are equal only because both were masked are not known to be equal;
`holds_mask` lets a comparison say so.
"""

import re
from collections.abc import Iterable
from typing import Final

_PATTERNS: Final = (
    ("[token]", re.compile(r"\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?")),
    ("[email]", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")),
    ("[uuid]", re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)),
)
_LATER_PATTERNS: Final = (
    # A key or session id: long, unbroken, with both letters and digits in it.
    ("[token]", re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}={0,2}(?![\w-])")),
    ("[digits]", re.compile(r"\d{6,}")),
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DATES: Final = tuple(
    f"{one}{mark}{other}{mark}{last}"
    for mark in (r"\.", "/", "-")
    for one, other, last in ((_YEAR, _MONTH, _DAY), (_DAY, _MONTH, _YEAR), (_MONTH, _DAY, _YEAR))
)
_MOMENT: Final = rf"(?<!\S)(?:{'|'.join(_DATES)}|\d\d?:\d\d(?::\d\d)?|\d{{1,3}} ?%)(?=[\s,;)T]|$)"
"""A date, a time or a share: what rows are often told apart by, and nobody's number."""
_NUMBER: Final = re.compile(
    rf"(?P<moment>{_MOMENT})|(?<![\w.])\+?\(?\d+(?:[ ().-]{{1,3}}(?!{_MOMENT})(?:\d\d+|(?<=\()\d))*(?!\w)"
)
_FEWEST_DIGITS: Final = 6
"""Of a phone, card, account or social security number, however its digits are grouped: by two or
more, so that the pages of a list are none."""
_SUSPECT: Final = re.compile(r"[\d@]|eyJ")
"""What every pattern needs, but for a UUID of letters alone; few texts of a page have it."""
_DASHES_OF_UUID: Final = 4
_MASK: Final = re.compile(r"\[(?:token|email|uuid|digits|secret)\]")
_SHORTEST_SECRET = 3
_SHORTEST_CUT = 72
"""Page scripts cut texts at 80 or 240 characters, and then trim them."""


def clean_text(text: str) -> str:
    """Return `text` as PostgreSQL can store it: pages may hold NUL and halves of surrogate pairs."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def mask_text(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without secrets, mail addresses, long numbers and tokens, fit to be stored.

    Args:
        text: what the page shows.
        secrets: values known to be secret in this run. Values under three
            characters are ignored: they would blank out ordinary words.
    """
    text = clean_text(text)
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = _mask_cut(text.replace(secret, "[secret]"), secret)
    if _SUSPECT.search(text) or text.count("-") >= _DASHES_OF_UUID:
        for mask, pattern in _PATTERNS:
            text = pattern.sub(mask, text)
        text = _NUMBER.sub(_mask_number, text)
        for mask, pattern in _LATER_PATTERNS:
            text = pattern.sub(mask, text)
    return text


def _mask_number(found: re.Match[str]) -> str:
    number = found[0]
    short = sum(map(str.isdigit, number)) < _FEWEST_DIGITS
    return number if short or found["moment"] is not None else "[digits]"


def _mask_cut(text: str, secret: str) -> str:
    """Mask the beginning of a secret at the end of a text that was cut there."""
    if len(text) < _SHORTEST_CUT:
        return text
    for length in range(len(secret) - 1, _SHORTEST_SECRET - 1, -1):
        if text.endswith(secret[:length]):
            return f"{text[:-length]}[secret]"
    return text


def holds_mask(text: str) -> bool:
    """Say whether part of `text` was masked, so that equality proves nothing."""
    return _MASK.search(text) is not None
