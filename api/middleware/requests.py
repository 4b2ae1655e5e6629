"""A request gets an id, a line in the log, and an answer even when we made a mistake."""

import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import answer_error
from api.metrics import Metrics
from api.middleware.outgoing import add, encode_headers
from api.middleware.proofs import find_proofs, name_unmatched
from domain.shared.ids import new_id
from domain.shared.log_secrets import hide_from_logs, knowing_secrets

log = structlog.get_logger()

REQUEST_ID_HEADER = "X-Request-Id"
UNMATCHED = "unmatched"
QUIET_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds by machines; logged only when they fail."""


class RequestLog:
    """Around the limits, the routes and their mistakes.

    Three layers lie outside: the client's address, which the line names, headers that every answer
    carries, and `Origins`, which answers preflights that it allows without an id or a line.

    Ids are ours alone: one from outside would let a client write into the log of others. The line
    names method, route, status, client and time; never a query string, a header or a body, and of
    the path only the pattern of its route, or one word, because the rest may carry signed links.
    What the request proves somebody's identity with stands in no other line either.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HTTP and WebSockets on, watched."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request_id = new_id().hex
        scope.setdefault("state", {})["request_id"] = request_id
        with structlog.contextvars.bound_contextvars(request_id=request_id), knowing_secrets():
            hide_from_logs(find_proofs(scope))
            if scope["type"] == "http":
                await self._watch_request(scope, receive, send, request_id)
            else:
                await self._watch_socket(scope, receive, send)

    async def _watch_request(
        self, scope: Scope, receive: Receive, send: Send, request_id: str
    ) -> None:
        begun = time.perf_counter()
        status = 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add(message, encode_headers({REQUEST_ID_HEADER: request_id}))
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception:  # a process edge: what nobody caught is logged and answered
            log.exception("request.failed", route=name_route(scope))
            if status:
                raise  # half an answer is out: the server breaks the connection off
            sorry = answer_error(request_id, 500, "INTERNAL", "Something went wrong here.")
            await sorry(scope, receive, send_noting)
        finally:
            self._note(scope, status, time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        operation = name_operation(scope)
        self._metrics.requests.labels(operation, str(status)).inc()
        self._metrics.request_seconds.labels(operation).observe(seconds)
        route = name_route(scope)
        if status >= 400 or route not in QUIET_ROUTES:
            log.info(
                "request",
                method=scope["method"],
                route=route or name_unmatched(scope["path"]),
                operation=operation,
                status=status,
                client=name_client(scope),
                milliseconds=round(seconds * 1000, 1),
            )

    async def _watch_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = time.perf_counter()
        code: int | None = None

        async def send_noting(message: Message) -> None:
            nonlocal code
            if message["type"] == "websocket.close":
                code = message.get("code", 1000)
            elif message["type"] == "websocket.http.response.start":
                code = message["status"]  # refused instead of accepted
            await send(message)

        self._metrics.sockets.inc()
        try:
            await self.app(scope, receive, send_noting)
        except Exception:
            log.exception("socket.failed", route=name_route(scope))
            raise  # the server closes the socket with 1011
        finally:
            self._metrics.sockets.dec()
            seconds = round(time.perf_counter() - begun, 1)
            log.info(
                "socket",
                route=name_route(scope),
                code=code,
                client=name_client(scope),
                seconds=seconds,
            )


def name_operation(scope: Scope) -> str:
    """What GraphQL said the request was for, else the pattern of the route that took it."""
    operation = scope["state"].get("operation")
    if operation is not None:
        return str(operation)
    route = name_route(scope)
    return f"{scope['method']} {route}" if route else UNMATCHED


def name_client(scope: Scope) -> str:
    """The client's address, as far as a trusted proxy or the connection itself tells it."""
    return str((scope.get("client") or ("",))[0])


def name_route(scope: Scope) -> str:
    """The pattern of the route that took the request, empty where none did."""
    return str(getattr(scope.get("route"), "path", ""))
