"""Removes secret values, however they are encoded, from everything that leaves a browser run."""

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

from domain.elements.masking import clean_text

MASK: Final = "•••"
_MASK_BYTES: Final = MASK.encode()
_SHORTEST_FOR_BASE64: Final = 6
_WORDLIKE_BELOW: Final = 4


class SecretMask:
    """Knows the secrets of one run and every way they may be written down.

    Secrets of fewer than four characters are masked where they stand alone, not inside words:
    otherwise a PIN of "1" would blank out every number.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        kept = sorted({secret for secret in secrets if secret.strip()}, key=len, reverse=True)
        self._pattern = _compile(kept)
        self._bytes_pattern = (
            None if self._pattern is None else re.compile(self._pattern.pattern.encode())
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to hide."""
        return self._pattern is None

    def text(self, text: str) -> str:
        """The text with every secret replaced, fit to be stored and sent."""
        text = clean_text(text)
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def json(self, value: object) -> object:
        """A JSON value with every secret replaced in its texts and in its keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.json(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(one) for one in value]
        return value

    def bytes(self, data: bytes) -> bytes:
        """Bytes of unknown encoding with every secret replaced."""
        return data if self._bytes_pattern is None else self._bytes_pattern.sub(_MASK_BYTES, data)


def _compile(secrets: list[str]) -> re.Pattern[str] | None:
    if not secrets:
        return None
    alternatives: dict[str, None] = {}
    for secret in secrets:
        for written in _spell(secret):
            pattern = re.escape(written)
            if len(written) < _WORDLIKE_BELOW:
                pattern = rf"(?<!\w){pattern}(?!\w)"
            alternatives[pattern] = None
    longest_first = sorted(alternatives, key=len, reverse=True)
    return re.compile("|".join(longest_first))


def _spell(secret: str) -> list[str]:
    """The ways a secret is written: plain, in addresses, in JSON, in HTML, in base64."""
    written = [
        secret,
        secret.strip(),
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        quote(secret, safe="~()*!'"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
        html.escape(secret).replace("&#x27;", "&#39;"),
    ]
    written += [_lower_escapes(one) for one in written[2:6]]
    written += _spell_base64(secret.encode())
    return [one for one in dict.fromkeys(written) if one]


def _lower_escapes(address: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), address)


def _spell_base64(secret: bytes) -> list[str]:
    """The part of the encoding that does not depend on what stands before and after."""
    if len(secret) < _SHORTEST_FOR_BASE64:
        return []
    written = []
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret).decode()
        start = (0, 2, 3)[shift]
        whole = (shift + len(secret)) * 8 // 6
        stable = encoded[start:whole]
        written += [stable, stable.replace("+", "-").replace("/", "_")]
    return written
