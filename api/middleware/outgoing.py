"""Headers of answers, added without taking apart what is there."""

from collections.abc import Iterable, Mapping

from starlette.types import Message

Raw = tuple[bytes, bytes]


def encode_headers(headers: Mapping[str, str]) -> list[Raw]:
    """As ASGI has them."""
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
    ]


def add_missing(message: Message, headers: Iterable[Raw]) -> None:
    """Add those that the beginning of an answer does not have yet."""
    there = list(message.get("headers", ()))
    named = {name for name, _ in there}
    message["headers"] = there + [header for header in headers if header[0] not in named]


def add(message: Message, headers: Iterable[Raw]) -> None:
    """Add those that nobody else writes."""
    message["headers"] = [*message.get("headers", ()), *headers]
