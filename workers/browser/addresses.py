"""Addresses of pages: joined to the base address, judged before anything is opened."""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from domain.shared.hosts import AllowedHosts
from domain.templates.step_urls import describe_bad_url

_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")


def join_url(base_url: str, url: str) -> str:
    """The address that a step means, without the control characters that browsers ignore."""
    cleaned = _CONTROLS.sub("", url).strip()
    return urljoin(base_url, cleaned) if base_url else cleaned


def describe_refused_url(url: str, allowed: AllowedHosts) -> str | None:
    """Why a page may not be opened, or ``None`` when it may."""
    problem = describe_bad_url(url)
    if problem is not None:
        return problem
    place = split_place(url)
    if place is None:
        return "the address is relative, and there is no base address to join it to"
    return allowed.refuse_host(*place)


def split_place(url: str) -> tuple[str, int] | None:
    """Host and port of an absolute address."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    if not parts.hostname or port is None:
        return None
    return parts.hostname, port
