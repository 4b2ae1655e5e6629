"""What a language model may see of a page's texts, and how to put back what was hidden from it."""

import re
from collections.abc import Iterable
from typing import Final

from domain.elements.masking import clean_text, mask_text
from workers.browser.masking import SecretMask

_MASK: Final = re.compile(r"\[(email|digits|token|uuid)\]")
_NUMBERED: Final = re.compile(r"\[(?:email|digits|token|uuid) \d+\]")
_MOST_MASKS: Final = 12


class Hiding:
    """Hides the secrets of a run and personal data; remembers the latter under numbers."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        self._mask = SecretMask(self._secrets)
        self._hidden: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """The text without secrets, addresses, long numbers and tokens."""
        return mask_text(self._mask.text(text), self._secrets)

    def hide_numbered(self, text: str) -> str:
        """The same, with a number in each mask by which `restore` knows what it stood for."""
        shown = clean_text(self._mask.text(text))
        masked = mask_text(shown, self._secrets)
        parts = _MASK.split(masked)
        kinds, literals = parts[1::2], parts[::2]
        if not kinds or len(kinds) > _MOST_MASKS:
            return masked
        # What hides more than these masks do cannot be put back, and to find that out takes for ever.
        if masked.count("[secret]") != shown.count("[secret]"):
            return masked
        pattern = "(.+?)".join(re.escape(literal) for literal in literals)
        found = re.fullmatch(pattern, shown, re.DOTALL)
        if found is None:
            return masked
        numbered = literals[0]
        for kind, hidden, literal in zip(kinds, found.groups(), literals[1:], strict=True):
            numbered += self._number(kind, hidden) + literal
        return numbered

    def restore(self, text: str) -> str:
        """The text with what the numbered masks stood for."""
        return _NUMBERED.sub(lambda mask: self._hidden.get(mask[0], mask[0]), text)

    def _number(self, kind: str, hidden: str) -> str:
        for mask, known in self._hidden.items():
            if known == hidden and mask.startswith(f"[{kind} "):
                return mask
        mask = f"[{kind} {len(self._hidden) + 1}]"
        self._hidden[mask] = hidden
        return mask
