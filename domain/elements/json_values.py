"""Reads typed values out of parsed JSON, refusing what has another type."""

from collections.abc import Mapping

Json = Mapping[str, object]


def text(value: object) -> str:
    """Return `value` if it is text; raise TypeError otherwise."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {type(value).__name__}")
    return value


def whole(value: object) -> int:
    """Return `value` if it is a whole number; raise TypeError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected a whole number, got {type(value).__name__}")
    return value


def number(value: object) -> float:
    """Return `value` as a float if it is a number; raise TypeError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return float(value)


def flag(value: object) -> bool:
    """Return `value` if it is true or false; raise TypeError otherwise."""
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, got {type(value).__name__}")
    return value


def items(value: object) -> list[object]:
    """Return the members of a list; nothing for null."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected a list, got {type(value).__name__}")
    return list(value)


def fields(value: object) -> dict[str, object]:
    """Return the fields of an object; none for null."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"expected an object, got {type(value).__name__}")
    return {str(key): item for key, item in value.items()}


def texts(value: object) -> tuple[str, ...]:
    """Return a list of texts."""
    return tuple(text(item) for item in items(value))


def text_fields(value: object) -> dict[str, str]:
    """Return an object whose values are texts."""
    return {key: text(item) for key, item in fields(value).items()}


def number_fields(value: object) -> dict[str, float]:
    """Return an object whose values are numbers."""
    return {key: number(item) for key, item in fields(value).items()}


def pair(value: object) -> tuple[str, str]:
    """Return a list of two texts; two empty ones for null."""
    found = texts(value)
    if not found:
        return ("", "")
    if len(found) != 2:
        raise ValueError(f"expected two texts, got {len(found)}")
    return (found[0], found[1])
