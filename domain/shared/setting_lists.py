"""Settings that are lists: as JSON, or simply with commas."""

import json
import re
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

from domain.shared.addresses import parse_networks

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?")


def split_words(value: object) -> object:
    """What an environment variable holds, as a list."""
    if not isinstance(value, str):
        return value
    if value.strip().startswith("["):
        return json.loads(value)
    return [word.strip() for word in value.split(",") if word.strip()]


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_words)]


def check_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Origins as browsers send them; no pattern, because whoever matches may use people's cookies.

    Raises:
        ValueError: One is not scheme://host or scheme://host:port.
    """
    plain = tuple(origin.lower().rstrip("/") for origin in origins)
    for origin in plain:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin[:100]!r} is not an origin such as https://app.example.com")
    return plain


def check_networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses and networks.

    Raises:
        ValueError: One is neither.
    """
    parse_networks(texts)
    return texts
