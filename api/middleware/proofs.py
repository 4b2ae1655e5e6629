"""What a request proves who somebody is with, so that the log can leave it out wherever it turns up."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Scope

TOKEN_CHARACTERS = 20
"""A longer piece of a path may be a token."""
MOST_PARAMETERS = 100
_ID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z]{1,16}")


def find_proofs(scope: Scope) -> Iterator[str]:
    """Credentials in the headers, and all of the address that may be one."""
    headers = Headers(scope=scope)
    for name, value in headers.items():
        if name in ("authorization", "proxy-authorization"):
            yield value
            yield from value.split()[1:]
        elif name == "cookie":
            yield value
            yield from (part.partition("=")[2].strip().strip('"') for part in value.split(";"))
        elif "token" in name or "key" in name:
            yield value
    query = scope.get("query_string", b"").decode("latin-1")
    yield query
    try:
        yield from (value for _, value in parse_qsl(query, max_num_fields=MOST_PARAMETERS))
    except ValueError:
        yield from query.split("&")
    for piece in scope["path"].split("/"):
        if len(piece) >= TOKEN_CHARACTERS and not _ID.fullmatch(piece):
            yield piece


def name_unmatched(path: str) -> str:
    """As much of a path that no route took as tells a wrong prefix, and nothing secret."""
    first, *rest = path.strip("/").split("/")
    shown = first if _PLAIN.fullmatch(first) else "…"
    return f"/{shown}/…" if rest else f"/{shown}"
