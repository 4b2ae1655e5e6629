"""Headers that keep browsers from doing more with an answer than it is meant for."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.outgoing import add_missing, encode_headers

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT = "max-age=31536000"


class SecurityHeaders:
    """Adds what an answer does not say itself; pages such as reports bring their own policy.

    Args:
        encrypted: Whether people reach this over HTTPS, so that browsers may insist on it.
    """

    def __init__(self, app: ASGIApp, *, encrypted: bool) -> None:
        self.app = app
        more = {"Strict-Transport-Security": STRICT_TRANSPORT} if encrypted else {}
        self._headers = encode_headers({**COMMON, **more})

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Add the headers to HTTP answers; a socket passes and leaves nothing here."""
        if scope["type"] != "http":
            return self.app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_missing(message, self._headers)
            await send(message)

        return self.app(scope, receive, send_with_headers)
