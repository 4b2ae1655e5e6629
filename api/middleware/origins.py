"""Pages of other origins: those an operator named may ask with a cookie, no other learns a thing."""

from collections.abc import Awaitable

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

from api.middleware.outgoing import add

VARIES = [(b"vary", b"Origin")]


class Origins(CORSMiddleware):
    """CORS as Starlette has it, which alone would tell foreign pages too what is allowed to others.

    A foreign page's preflight is an ordinary OPTIONS request, and gets no header that allows
    anything.
    """

    def __call__(  # type: ignore[override]
        self, scope: Scope, receive: Receive, send: Send
    ) -> Awaitable[None]:
        """Answer preflights, and add headers to other answers; a socket leaves nothing here."""
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        origin = Headers(scope=scope).get("origin")
        if origin is not None and self.is_allowed_origin(origin):
            return super().__call__(scope, receive, send)

        async def send_varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                add(message, VARIES)
            await send(message)

        return self.app(scope, receive, send_varying)
