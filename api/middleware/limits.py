"""Requests of one address are counted, and every answer says what is left."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import answer_domain_error
from api.budgets import Budgets
from api.limits import note_refusal, note_standing, read_standing, write_headers
from domain.shared.errors import TooMany


class RequestLimits:
    """Answers 429 to an address that asks too often.

    Args:
        uncounted: Paths that machines ask every few seconds, or that count by cost themselves.
    """

    def __init__(self, app: ASGIApp, *, budgets: Budgets, uncounted: frozenset[str]) -> None:
        self.app = app
        self._budgets = budgets
        self._uncounted = uncounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count an HTTP request and pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)

        async def send_with_headers(message: Message) -> None:
            standing = read_standing(request)
            if message["type"] == "http.response.start" and standing is not None:
                MutableHeaders(scope=message).update(write_headers(standing))
            await send(message)

        try:
            await self._count(request)
        except TooMany as refused:
            note_refusal(request, refused)
            refusal = await answer_domain_error(request, refused)
            await refusal(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)

    async def _count(self, request: Request) -> None:
        if request.url.path not in self._uncounted:
            address = request.client.host if request.client else ""
            note_standing(request, await self._budgets.charge_request(address))
