"""Removes personal data and secrets from page text before anything keeps it.

A mask is a word in brackets. Two texts that are equal only because both were
masked are not known to be equal; `holds_mask` lets a comparison say so.
"""

import re
from collections.abc import Iterable
from typing import Final

_PATTERNS: Final = (
    ("[token]", re.compile(r"\beyJ[\w-]{4,}\.[\w-]{4,}(?:\.[\w-]*)?")),
    ("[email]", re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")),
    ("[uuid]", re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)),
    # A phone, card, account or social security number: six or more digits, however grouped.
    ("[digits]", re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().-]{0,2}\d){5,}(?!\w)")),
    # A key or session id: long, unbroken, with both letters and digits in it.
    ("[token]", re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}={0,2}(?![\w-])")),
    ("[digits]", re.compile(r"\d{6,}")),
)
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
    return text


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
