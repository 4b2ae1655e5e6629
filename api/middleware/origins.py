"""Pages of other origins: those an operator named may ask with a cookie, no other learns a thing."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Receive, Scope, Send


class Origins(CORSMiddleware):
    """CORS as Starlette has it, which alone would tell foreign pages too what is allowed to others.

    A foreign page's preflight is an ordinary OPTIONS request, and gets no header that allows
    anything.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer preflights, and add headers to other answers."""
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        if origin is None or self.is_allowed_origin(origin):
            await super().__call__(scope, receive, send)
        else:
            await self.simple_response(scope, receive, send, request_headers=Headers({}))
