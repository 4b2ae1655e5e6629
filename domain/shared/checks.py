"""Checks of what people send, collected so that everything wrong is said in one answer."""

import unicodedata

from domain.shared.errors import Invalid

FieldPath = tuple[str, ...]
NAME_LENGTH = 200
TEXT_LENGTH = 20_000


class GivenName(str):
    """A part of a path that callers spelled themselves, such as a key of their own JSON."""

    __slots__ = ()


class Checks:
    """Everything wrong with one input; `settle` raises it.

    Paths name fields of the input, list positions included: `("tests", "2", "test_id")`.
    """

    def __init__(self) -> None:
        self._found: list[tuple[FieldPath, str]] = []

    def refuse(self, path: FieldPath, message: str) -> None:
        """Note that the field at `path` is wrong, in a sentence for a person."""
        self._found.append((path, message))

    def name(self, value: str, path: FieldPath, *, longest: int = NAME_LENGTH) -> str:
        """Return `value` trimmed; one line, neither empty nor longer than `longest`."""
        trimmed = value.strip()
        if not trimmed:
            self.refuse(path, "This must not be empty.")
        elif any(unicodedata.category(character) == "Cc" for character in trimmed):
            self.refuse(path, "This must be one line without control characters.")
        return self.text(trimmed, path, longest=longest)

    def text(self, value: str, path: FieldPath, *, longest: int = TEXT_LENGTH) -> str:
        """Return `value`; PostgreSQL cannot store NUL, and half a surrogate pair is no text."""
        if len(value) > longest:
            self.refuse(path, f"This is longer than {longest} characters.")
        if "\x00" in value:
            self.refuse(path, "This holds a NUL character.")
        if not is_encodable(value):
            self.refuse(path, "This holds half of a surrogate pair.")
        return value

    def settle(self) -> None:
        """Raise `Invalid` with everything that was refused, if anything was."""
        if self._found:
            (path, message), *others = dict.fromkeys(self._found)
            raise Invalid(message, field=path, details=tuple(others))


def is_encodable(value: str) -> bool:
    """Whether `value` can be written as UTF-8."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
