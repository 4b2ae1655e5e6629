"""Requests of one address are counted, and every answer says what is left."""

from collections.abc import Awaitable

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from api.answers import address_of, answer_domain_error, refuse_socket
from api.budgets import Budgets
from api.limits import (
    note_refusal,
    note_standing,
    owe_request,
    read_owed,
    read_standing,
    write_headers,
)
from api.middleware.outgoing import add, encode_headers
from domain.shared.errors import TooMany


class RequestLimits:
    """Answers 429 to an address that asks too often, or opens sockets too often.

    Preflights that `Origins` answers never come this far: they are not counted.

    Args:
        uncounted: Paths that machines ask every few seconds.
        counted_later: Paths whose routes count the request together with what it asks for, in one
            go. What such a route answers without counting is counted when the answer leaves.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        budgets: Budgets,
        uncounted: frozenset[str],
        counted_later: frozenset[str] = frozenset(),
    ) -> None:
        self.app = app
        self._budgets = budgets
        self._uncounted = uncounted
        self._counted_later = counted_later

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Count a request or a handshake and pass it on."""
        if scope["type"] == "http":
            return self._count_request(scope, receive, send)
        if scope["type"] == "websocket":
            return self._count_handshake(scope, receive, send)
        return self.app(scope, receive, send)

    async def _count_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._settle(request)
                standing = read_standing(request)
                if standing is not None:
                    add(message, encode_headers(write_headers(standing)))
            await send(message)

        try:
            await self._count(request)
        except TooMany as refused:
            note_refusal(request, refused)
            refusal = await answer_domain_error(request, refused)
            await refusal(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)

    async def _count_handshake(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._budgets.charge_request(address_of(HTTPConnection(scope)))
        except TooMany as refused:
            await refuse_socket(WebSocket(scope, receive, send), refused)
            return
        await self.app(scope, receive, send)

    async def _count(self, request: Request) -> None:
        path = request.scope["path"]
        if path in self._counted_later:
            owe_request(request)
        elif path not in self._uncounted:
            note_standing(request, await self._budgets.charge_request(address_of(request)))

    async def _settle(self, request: Request) -> None:
        """Count what nobody has counted yet; the answer is there, so the next one is refused."""
        owed = read_owed(request)
        if owed.requests:
            owed.requests = 0
            try:
                note_standing(request, await self._budgets.charge_request(address_of(request)))
            except TooMany as refused:
                note_refusal(request, refused)
        note_standing(request, owed.standing)
