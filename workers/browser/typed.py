"""Reads a text of a page as a number, a boolean or a text: without a locale, and without guessing.

“1,234” is a thousand and more to some and little more than one to others. Every reading that a
text allows is tried against the schema; unless exactly one remains, nothing is returned.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from domain.templates.value_schema import Schema, find_violations, scalar_type
from workers.browser.sentences import quote

_TRUE: Final = frozenset({"true", "yes", "on", "✓", "✔", "☑"})
_FALSE: Final = frozenset({"false", "no", "off", "✗", "✘", "☐"})
_SPACES: Final = re.compile(r"[\u00a0\u2007\u2009\u202f]")
_NARROW: Final = "\u00a0"
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,'\u2019\u00a0 ]\d+)*")
_MULTIPLIED: Final = re.compile(
    r"^\s*(?:k|m|bn|b|thousand|millions?|billions?|mio|mrd|tsd|mill|md)\b", re.IGNORECASE
)
_SIGNED: Final = re.compile(r"[-(][^\w]*$")
# Thousands, or thousands and then hundreds of thousands in pairs, as in India.
_GROUPED: Final = re.compile(r"\d{1,3}(?:[^\d]\d{3})+|\d{1,2}(?:[^\d]\d{2})+[^\d]\d{3}")
_LONGEST: Final = 200
_MOST_DIGITS: Final = 400
"""More than any number that can be kept has, and few enough to be read at all."""


class UnreadableError(Exception):
    """A text is not, or not clearly, what the schema wants; the message is part of a sentence."""


def read_scalar(text: str, schema: Schema) -> object:
    """Read `text` as the single value that `schema` describes.

    Raises:
        UnreadableError: It is none, or may be more than one.
    """
    stripped = text.strip()
    kind = scalar_type(schema)
    kinds = schema.get("type")
    if not stripped and isinstance(kinds, list) and "null" in kinds:
        return None
    shown = quote(stripped[:_LONGEST])
    if kind == "string":
        readings: list[object] = [stripped]
    elif kind == "boolean":
        word = stripped.casefold()
        readings = [word in _TRUE] if word in _TRUE | _FALSE else []
    else:
        readings = list(_read_number(stripped, shown))
    if not readings:
        raise UnreadableError(f"{shown} is no {kind}")
    fitting = [one for one in readings if not find_violations(one, schema)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        ways = " or ".join(str(one) for one in fitting)
        raise UnreadableError(f"{shown} may mean {ways}")
    raise UnreadableError(
        f"{shown} does not fit the schema: {find_violations(readings[0], schema)[0]}"
    )


def _read_number(text: str, shown: str) -> list[int | float]:
    """Every number that the text may mean; what stands around it must not change it.

    Raises:
        UnreadableError: There is more than one number, or something that changes it.
    """
    plain = "".join(
        str(unicodedata.digit(letter)) if letter.isdecimal() else letter
        for letter in _SPACES.sub(_NARROW, text.replace("\u2212", "-"))
    )
    found = list(_NUMBER.finditer(plain))
    if not found:
        return []
    if len(found) > 1:
        raise UnreadableError(f"{shown} holds more than one number")
    (number,) = found
    before, after = plain[: number.start()], plain[number.end() :]
    if before[-1:].isalnum() or after[:1].isalnum() or _MULTIPLIED.match(after):
        raise UnreadableError(f"{shown} is more than a number")
    if _SIGNED.search(before) or after.lstrip().startswith("-"):
        raise UnreadableError(f"{shown} may or may not be negative")
    if before[-1:] in {".", ",", "/", ":"} or after[:1] in {"/", ":", "^", "²"}:
        raise UnreadableError(f"{shown} is no plain number")
    written = number[0]
    sign, digits = ("-", written[1:]) if written[0] == "-" else ("", written.lstrip("+"))
    readings = [_convert(sign + one, shown) for one in _readings_of(digits)]
    if not readings:
        raise UnreadableError(f"{shown} is not clearly one number")
    return list(dict.fromkeys(readings))


def _readings_of(digits: str) -> list[str]:
    """The ways to read digits with separators, with a point before decimals."""
    marks = [mark for mark in digits if not mark.isdigit()]
    if not marks:
        return [digits]
    last = marks[-1]
    whole, _, decimals = digits.rpartition(last)
    readings = []
    if last in ".," and marks.count(last) == 1 and _is_whole(whole, len(marks) == 1):
        readings.append(f"{_join(whole)}.{decimals}")
    alike = len(set(marks)) == 1
    # Two plain numbers that stand side by side look like one with a space in it.
    unsure = last == " " and len(marks) == 1
    begins_with_zero = digits.startswith("0")
    if alike and _GROUPED.fullmatch(digits) and not unsure and not begins_with_zero:
        readings.append(_join(digits))
    return readings


def _is_whole(text: str, is_plain: bool) -> bool:
    """Whether this is what stands before decimals: digits, or groups of one kind."""
    if is_plain:
        return True
    kinds = {mark for mark in text if not mark.isdigit()}
    return len(kinds) == 1 and _GROUPED.fullmatch(text) is not None


def _join(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def _convert(written: str, shown: str) -> int | float:
    if len(written) > _MOST_DIGITS:
        raise UnreadableError(f"{shown} has more digits than a number can hold")
    if "." not in written:
        return int(written)
    value = float(written)
    if Decimal(repr(value)) != Decimal(written):
        raise UnreadableError(f"{shown} has more digits than a number can hold")
    return value
