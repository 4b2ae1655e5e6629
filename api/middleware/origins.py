"""Pages of other origins: those an operator named may ask with a cookie, no other learns a thing."""

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer preflights, and add headers to other answers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin")
        if origin is not None and self.is_allowed_origin(origin):
            await super().__call__(scope, receive, send)
            return

        async def send_varying(message: Message) -> None:
            if message["type"] == "http.response.start":
                add(message, VARIES)
            await send(message)

        await self.app(scope, receive, send_varying)
