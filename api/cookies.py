"""The cookies of a browser, and what keeps other sites from using them.

One holds the refresh token. The other marks the browser as one that somebody has signed in with,
so that strangers who guess do not lock him out of it; it belongs to no session and outlives them.

Both are HttpOnly, Secure and SameSite=Strict, and bound to this host by their prefix (RFC 6265bis,
4.1.3), also in development: browsers take them from a server of the same machine without TLS. They
count only in a request with a header that forms and images cannot send, so that a browser asks us
first whether the page's origin may (OWASP CSRF Prevention, custom headers), and only if the origin
that the browser names is one of ours.
"""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from api.origins import allowed_origins
from domain.shared.settings import Settings
from graph.support.cookies import Cookies

REFRESH = "__Host-metamorph-refresh"
DEVICE = "__Host-metamorph-device"
CSRF_HEADER = "X-Metamorph-CSRF"
MAX_CHARACTERS = 200


def read_cookies(request: Request, settings: Settings) -> Cookies:
    """What a request brought, if the request may bring it."""
    refusal = find_refusal(request, settings)
    if refusal:
        return Cookies(refusal=refusal)
    return Cookies(read_value(request, REFRESH), read_value(request, DEVICE) or "", refusal)


def find_refusal(request: Request, settings: Settings) -> str:
    """Why a request may use no cookie; empty where it may."""
    if CSRF_HEADER not in request.headers:
        return f"Requests that use the cookie need the header {CSRF_HEADER}, with any value."
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() not in allowed_origins(settings):
        return "Pages of this origin may not use the cookie."
    if origin is None and request.headers.get("sec-fetch-site") == "cross-site":
        return "Pages of other sites may not use the cookie."
    return ""


def read_value(request: Request, wanted: str) -> str | None:
    """The value of a cookie; one that is sent twice, or is too long, is none."""
    found = []
    for header in request.headers.getlist("cookie"):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == wanted:
                found.append(value)
    return found[0] if len(found) == 1 and 0 < len(found[0]) <= MAX_CHARACTERS else None


def write_cookies(response: Response, cookies: Cookies) -> None:
    """Tell the browser what to keep, or what to forget."""
    if cookies.kept is not None:
        set_cookie(response, REFRESH, *cookies.kept)
    elif cookies.is_dropped:
        response.delete_cookie(REFRESH, path="/", secure=True, httponly=True, samesite="strict")
    if cookies.remembered is not None:
        set_cookie(response, DEVICE, *cookies.remembered)


def set_cookie(response: Response, name: str, value: str, expires: datetime) -> None:
    """Let the browser keep a value for this host alone."""
    response.set_cookie(
        name, value, expires=expires, path="/", secure=True, httponly=True, samesite="strict"
    )
