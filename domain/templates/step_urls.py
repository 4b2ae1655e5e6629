"""The addresses in the steps of a browser test."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_SCHEME: Final = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")


def describe_bad_url(url: str) -> str | None:
    """Why a browser test never opens this address, or ``None`` when it may.

    An address that starts with a placeholder is judged when its value is known.
    """
    cleaned = url.strip()
    scheme = _SCHEME.match(cleaned)
    if scheme is None or cleaned.startswith("{{"):
        return None
    if scheme[0].lower() not in {"http:", "https:"}:
        return f"{scheme[0]} addresses are refused; use http: or https:"
    try:
        host = urlsplit(cleaned).hostname
    except ValueError:
        host = None
    return None if host else "the address names no host"


def list_urls(steps: Iterable[object]) -> list[str]:
    """The addresses that steps open or expect, as they were written."""
    return [str(step["url"]) for step in steps if isinstance(step, dict) and "url" in step]


def is_relative_url(url: str) -> bool:
    """Whether an address needs a base address; one that begins with a placeholder may not."""
    cleaned = url.strip()
    return _SCHEME.match(cleaned) is None and not cleaned.startswith("{{")
