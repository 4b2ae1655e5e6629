"""graphql-transport-ws: one session per socket, bounded in everything a client controls.

Close codes are the protocol's: 4400 bad message, 4401 not initialised or signed out, 4403 no longer
allowed, 4408 no init in time, 4409 an id used twice, 4429 a second init.
"""

import asyncio
import contextlib
from collections.abc import Callable

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.graphql.execution import Answer, Executor, Prepared
from api.graphql.requests import Refused, read_request
from domain.shared.errors import DomainError, Forbidden, Unauthenticated, Unavailable
from domain.shared.settings import Settings
from graph.support.context import Context

log = structlog.get_logger()

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
RECHECK_SECONDS = 3.0
MESSAGE_BYTES = 64 * 1024
MAX_OPERATIONS = 100
SEND_SECONDS = 10.0
"""A client that does not take a message for this long is dropped."""


class CloseSocket(Exception):
    """Close with a code and a word."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SocketSession:
    """One socket from the handshake to the end.

    Args:
        socket: Not yet accepted.
        executor: Runs operations.
        settings: Knows which origins may connect.
        make_context: Builds a context from the socket and the payload of `connection_init`.
    """

    def __init__(
        self,
        socket: WebSocket,
        executor: Executor,
        settings: Settings,
        make_context: Callable[[WebSocket, dict[str, object]], Context],
    ) -> None:
        self._socket = socket
        self._executor = executor
        self._settings = settings
        self._make_context = make_context
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._context: Context | None = None
        self._initialised: asyncio.Future[Context] = asyncio.get_running_loop().create_future()
        self._sending = asyncio.Lock()
        self._receiver: asyncio.Task[None] | None = None
        self._closing: CloseSocket | None = None

    async def serve(self) -> None:
        """Run the session; when it returns, nothing of it is left."""
        origin = self._socket.headers.get("origin")
        offered = self._socket.scope.get("subprotocols", [])
        if (origin is not None and not self._is_allowed(origin)) or PROTOCOL not in offered:
            await self._socket.close()  # before the handshake: the client sees 403
            return
        await self._socket.accept(subprotocol=PROTOCOL)
        watcher = asyncio.create_task(self._watch())
        self._receiver = asyncio.create_task(self._receive())
        try:
            await self._receiver
        except CloseSocket as closing:
            await self._close(closing)
        except asyncio.CancelledError:
            if self._closing is None:
                raise
            await self._close(self._closing)
        except (WebSocketDisconnect, RuntimeError):
            log.debug("socket.left")
        finally:
            watcher.cancel()
            tasks = [watcher, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _is_allowed(self, origin: str) -> bool:
        return origin in (self._settings.base_url, *self._settings.allowed_origins)

    async def _close(self, closing: CloseSocket) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
            await self._socket.close(closing.code, closing.reason)

    def _end(self, closing: CloseSocket) -> None:
        if self._closing is None and self._receiver is not None:
            self._closing = closing
            self._receiver.cancel()

    async def _watch(self) -> None:
        """Close when no init comes in time, and when the sign-in ends."""
        try:
            async with asyncio.timeout(INIT_SECONDS):
                context = await self._initialised
        except TimeoutError:
            self._end(CloseSocket(4408, "Connection initialisation timeout"))
            return
        while await self._is_still_allowed(context):
            left = context.sign_in.expires_in_seconds
            await asyncio.sleep(min(RECHECK_SECONDS, max(0.0, left or 0.0)))

    async def _is_still_allowed(self, context: Context) -> bool:
        try:
            await context.fresh().revalidate()
        except Unauthenticated:
            self._end(CloseSocket(4401, "Unauthorized"))
        except Forbidden:
            self._end(CloseSocket(4403, "Forbidden"))
        except Unavailable:
            return True  # what cannot be asked now is asked again soon
        else:
            return True
        return False

    async def _receive(self) -> None:
        while True:
            message = await self._read()
            kind = message.get("type")
            if kind == "connection_init":
                await self._initialise(message.get("payload"))
            elif kind == "ping":
                await self._send({"type": "pong"})
            elif kind == "subscribe":
                self._subscribe(message)
            elif kind == "complete":
                task = self._operations.pop(str(message.get("id")), None)
                if task is not None:
                    task.cancel()
            elif kind != "pong":
                raise CloseSocket(4400, "Unknown message type")

    async def _read(self) -> dict[str, object]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        text = received.get("text")
        if text is None:
            raise CloseSocket(4400, "Messages are text")
        if len(text) > MESSAGE_BYTES or len(text.encode()) > MESSAGE_BYTES:
            raise CloseSocket(1009, "Message too big")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise CloseSocket(4400, "Messages are JSON") from error
        if not isinstance(message, dict):
            raise CloseSocket(4400, "Messages are objects")
        return message

    async def _initialise(self, payload: object) -> None:
        if self._context is not None:
            raise CloseSocket(4429, "Too many initialisation requests")
        if payload is not None and not isinstance(payload, dict):
            raise CloseSocket(4400, "The payload is an object")
        context = self._make_context(self._socket, payload or {})
        try:
            await context.fresh().actor()
        except DomainError as error:
            raise CloseSocket(4401, "Unauthorized") from error
        self._context = context
        self._initialised.set_result(context)
        await self._send({"type": "connection_ack"})

    def _subscribe(self, message: dict[str, object]) -> None:
        if self._context is None:
            raise CloseSocket(4401, "Unauthorized")
        identity = message.get("id")
        if not isinstance(identity, str) or not identity:
            raise CloseSocket(4400, "subscribe needs an id")
        if identity in self._operations:
            raise CloseSocket(4409, f"Subscriber for {identity[:50]} already exists")
        work = self._run(identity, message.get("payload"), self._context.fresh())
        task = asyncio.create_task(work)
        self._operations[identity] = task
        task.add_done_callback(lambda done: self._forget(identity, done))

    def _forget(self, identity: str, done: asyncio.Task[None]) -> None:
        if self._operations.get(identity) is done:
            del self._operations[identity]
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("socket.operation_failed", error=repr(error))
            self._end(CloseSocket(1011, "Internal error"))

    async def _run(self, identity: str, payload: object, context: Context) -> None:
        if len(self._operations) > MAX_OPERATIONS:
            await self._send_error(identity, "TOO_MANY_OPERATIONS", "At most 100 at a time.")
            return
        try:
            request = read_request(payload)
        except Refused as refused:
            await self._send_error(identity, refused.code, refused.message)
            return
        prepared = await self._executor.prepare(request, context)
        if isinstance(prepared, Answer):
            await self._send({"id": identity, "type": "error", "payload": list(prepared.errors)})
            return
        await self._stream(identity, prepared, context)

    async def _stream(self, identity: str, prepared: Prepared, context: Context) -> None:
        answers = self._executor.stream(prepared, context)
        async with contextlib.aclosing(answers):  # type: ignore[type-var]
            async for answer in answers:
                if not answer.started:
                    errors = list(answer.errors)
                    await self._send({"id": identity, "type": "error", "payload": errors})
                    return
                await self._send({"id": identity, "type": "next", "payload": answer.to_json()})
        if self._operations.pop(identity, None) is not None:
            await self._send({"id": identity, "type": "complete"})

    async def _send_error(self, identity: str, code: str, message: str) -> None:
        error = {"message": message, "extensions": {"code": code}}
        await self._send({"id": identity, "type": "error", "payload": [error]})

    async def _send(self, message: dict[str, object]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS), self._sending:
                await self._socket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            self._end(CloseSocket(1013, "Too slow"))
        except (WebSocketDisconnect, RuntimeError, OSError):
            self._end(CloseSocket(1006, "Gone"))
