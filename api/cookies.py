"""The cookie that holds a browser's refresh token, and what keeps other sites from using it.

It is HttpOnly, Secure and SameSite=Strict, and bound to this host by its prefix (RFC 6265bis,
4.1.3). It counts only in a request with a header that forms and images cannot send, so that a
browser asks us first whether the page's origin may (OWASP CSRF Prevention, custom headers), and
only if the origin that the browser names is one of ours.
"""

from starlette.requests import Request
from starlette.responses import Response

from api.origins import allowed_origins
from domain.shared.settings import Settings
from graph.support.cookies import RefreshCookie

NAME = "__Host-metamorph-refresh"
CSRF_HEADER = "X-Metamorph-CSRF"
MAX_CHARACTERS = 200


def read_cookie(request: Request, settings: Settings) -> RefreshCookie:
    """What a request brought, if the request may bring it."""
    refusal = find_refusal(request, settings)
    sent = None if refusal else read_token(request)
    return RefreshCookie(sent=sent, refusal=refusal)


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


def read_token(request: Request) -> str | None:
    """The token in the cookie; one that is sent twice, or is too long, is none."""
    found = []
    for header in request.headers.getlist("cookie"):
        for part in header.split(";"):
            name, _, value = part.strip().partition("=")
            if name == NAME:
                found.append(value)
    return found[0] if len(found) == 1 and 0 < len(found[0]) <= MAX_CHARACTERS else None


def write_cookie(response: Response, cookie: RefreshCookie) -> None:
    """Tell the browser what to keep, or what to forget."""
    if cookie.kept is not None:
        token, expires = cookie.kept
        response.set_cookie(
            NAME, token, expires=expires, path="/", secure=True, httponly=True, samesite="strict"
        )
    elif cookie.is_dropped:
        response.delete_cookie(NAME, path="/", secure=True, httponly=True, samesite="strict")
