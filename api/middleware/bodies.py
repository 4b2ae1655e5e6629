"""Bodies are refused before they are read where no route has said how large they may be."""

from collections.abc import Awaitable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import answer_http_error

MAX_BODY_BYTES = 64 * 1024


class BodyCap:
    """Answers 413 as soon as a body is announced, or turns out, to be too large.

    Args:
        own_caps: Path prefixes of routes that have a limit of their own.
    """

    def __init__(
        self, app: ASGIApp, *, own_caps: tuple[str, ...] = (), max_bytes: int = MAX_BODY_BYTES
    ) -> None:
        self.app = app
        self._own_caps = own_caps
        self._max_bytes = max_bytes

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass the request on with its body counted; anything else leaves nothing here."""
        if scope["type"] != "http" or scope["path"].startswith(self._own_caps):
            return self.app(scope, receive, send)
        return self._count(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > self._max_bytes:
            refusal = await answer_http_error(Request(scope), too_large(self._max_bytes))
            await refusal(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise too_large(self._max_bytes)
            return message

        await self.app(scope, receive_counted, send)


def too_large(max_bytes: int) -> HTTPException:
    """The refusal; the connection is closed, because the rest of the body is still to come."""
    return HTTPException(
        413, f"A body may have up to {max_bytes} bytes.", headers={"Connection": "close"}
    )
