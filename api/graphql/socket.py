"""graphql-transport-ws: one session per socket, bounded in everything a client controls.

Close codes are the protocol's: 4400 bad message, 4401 not initialised or signed out, 4403 no longer
allowed, 4406 another protocol, 4408 no init in time, 4409 an id used twice, 4429 a second init or
too many sockets of one person, which clients take for final rather than try again at once; and
WebSocket's own: 1009 too big, 1013 try again later.
"""

import asyncio
import contextlib
from collections.abc import Callable
from contextvars import copy_context
from uuid import UUID

import orjson
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api.graphql.answers import Answer, answer_refusal, encode
from api.graphql.bounds import Bounds
from api.graphql.execution import Operations
from api.graphql.openings import Openings
from api.graphql.refusals import count_refusal
from api.graphql.requests import read_request, request_id_of
from api.graphql.watching import find_refusal, watch_sign_in
from api.origins import allowed_origins
from domain.shared.errors import DomainError, Forbidden, TooMany, Unauthenticated, Unavailable
from domain.shared.log_secrets import hide_from_logs, knowing_secrets
from domain.shared.settings import Settings
from graph.support.context import Context
from graph.support.masking import ExposedError, RequestRefused
from graph.support.rate_limit import charge, check_room

log = structlog.get_logger()

PROTOCOL = "graphql-transport-ws"
CLOSING_SECONDS = 1.0
"""How long a client may take to agree to the end of its socket."""
MAX_ID_CHARACTERS = 128
OPENING_COST = 1


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
        operations: Checks and runs what is asked.
        settings: Knows which origins may connect.
        make_context: Builds a context from the socket and the payload of `connection_init`.
        bounds: What the client may take of memory and patience.
        openings: Counts the sockets of each person.
    """

    def __init__(
        self,
        socket: WebSocket,
        operations: Operations,
        settings: Settings,
        make_context: Callable[[WebSocket, dict[str, object]], Context],
        bounds: Bounds,
        *,
        openings: Openings,
    ) -> None:
        self._socket = socket
        self._operations = operations
        self._origins = allowed_origins(settings)
        self._make_context = make_context
        self._bounds = bounds
        self._openings = openings
        self._held = contextlib.ExitStack()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._context: Context | None = None
        self._initialised = asyncio.Event()
        self._sending = asyncio.Lock()
        self._receiver: asyncio.Task[None] | None = None
        self._closing: CloseSocket | None = None

    async def serve(self) -> None:
        """Run the session; when it returns, nothing of it is left."""
        origin = self._socket.headers.get("origin")
        if origin is not None and origin.lower() not in self._origins:
            await self._socket.close()  # before the handshake: the client sees 403
            return
        if PROTOCOL not in self._socket.scope.get("subprotocols", []):
            await self._socket.accept()
            await self._close(CloseSocket(4406, "Subprotocol not acceptable"))
            return
        await self._socket.accept(subprotocol=PROTOCOL)
        with self._held:
            await self._speak()

    async def _speak(self) -> None:
        watcher = asyncio.create_task(self._watch())
        self._receiver = asyncio.create_task(self._receive())
        try:
            await self._wait_for_end(self._receiver)
        finally:
            tasks = [watcher, *self._running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_for_end(self, receiver: asyncio.Task[None]) -> None:
        try:
            await receiver
        except CloseSocket as closing:
            await self._close(closing)
        except asyncio.CancelledError:
            if self._closing is None:
                raise  # the server stops
            await self._close(self._closing)
        except (WebSocketDisconnect, RuntimeError):
            # Starlette raises RuntimeError where the client left between two messages.
            log.debug("socket.left")

    async def _close(self, closing: CloseSocket) -> None:
        if self._socket.application_state is not WebSocketState.CONNECTED:
            return
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError, TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._socket.close(closing.code, closing.reason)

    def _end(self, closing: CloseSocket) -> None:
        """End the session from one of its other tasks."""
        if self._closing is None and self._receiver is not None:
            self._closing = closing
            self._receiver.cancel()

    async def _watch(self) -> None:
        """Close when no init comes in time, and when the sign-in ends."""
        try:
            async with asyncio.timeout(self._bounds.init_seconds):
                await self._initialised.wait()
        except TimeoutError:
            self._end(CloseSocket(4408, "Connection initialisation timeout"))
            return
        if self._context is not None:
            refusal = await watch_sign_in(self._context, self._bounds.recheck_seconds)
            self._end(close_for(refusal))

    async def _receive(self) -> None:
        while True:
            message = await self._read()
            kind = message.get("type")
            if kind == "connection_init":
                await self._initialise(message.get("payload"))
            elif kind == "ping":
                await self._send(b'{"type":"pong"}')
            elif kind == "subscribe":
                await self._subscribe(message)
            elif kind == "complete":
                task = self._running.pop(str(message.get("id")), None)
                if task is not None:
                    task.cancel()
            elif kind != "pong":
                raise CloseSocket(4400, "Unknown message type")

    async def _read(self) -> dict[str, object]:
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code") or 1005)
        text, data = received.get("text"), received.get("bytes")
        limit = self._bounds.message_bytes
        if len(text or data or "") > limit or (text and len(text.encode()) > limit):
            raise CloseSocket(1009, "Message too big")
        if text is None:
            raise CloseSocket(4400, "Messages are text")
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
        hide_from_logs(word for one in (payload or {}).values() for word in str(one).split())
        context = self._make_context(self._socket, payload or {})
        try:
            opening = context.fresh()
            await charge(opening, OPENING_COST)
            actor = await opening.actor()
        except DomainError as error:
            raise close_for(error) from error
        self._hold(actor.user_id)
        self._context = context
        self._initialised.set()
        await self._send(b'{"type":"connection_ack"}')

    def _hold(self, user_id: UUID) -> None:
        try:
            self._held.enter_context(self._openings.hold_for_person(user_id))
        except TooMany as error:
            raise CloseSocket(4429, "Too many connections of this person") from error

    async def _subscribe(self, message: dict[str, object]) -> None:
        if self._context is None:
            raise CloseSocket(4401, "Unauthorized")
        identity = message.get("id")
        if not isinstance(identity, str) or not 0 < len(identity) <= MAX_ID_CHARACTERS:
            raise CloseSocket(4400, "subscribe needs an id")
        if identity in self._running:
            raise CloseSocket(4409, f"Subscriber for {identity[:50]} already exists")
        if len(self._running) >= self._bounds.operations:
            words = f"Up to {self._bounds.operations} operations may be open on one socket."
            refused = RequestRefused(ExposedError(words, "TOO_MANY_OPERATIONS"))
            await self._send_error(identity, answer_refusal(refused, request_id_of(self._socket)))
            return
        its_own = copy_context()  # what must not be logged of it
        work = self._run(identity, message.get("payload"), self._context.fresh())
        task = asyncio.create_task(work, context=its_own)
        self._running[identity] = task
        task.add_done_callback(lambda done: self._forget(identity, done), context=its_own)

    def _forget(self, identity: str, done: asyncio.Task[None]) -> None:
        if self._running.get(identity) is done:
            del self._running[identity]
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("socket.operation_failed", exc_info=error)
            self._end(CloseSocket(1011, "Internal error"))

    async def _run(self, identity: str, payload: object, context: Context) -> None:
        with knowing_secrets():  # each operation has its own, beside those of the socket
            await self._carry_out(identity, payload, context)

    async def _carry_out(self, identity: str, payload: object, context: Context) -> None:
        try:
            check_room(context)
            prepared = await self._operations.prepare(read_request(payload), context)
        except (RequestRefused, DomainError) as refused:
            self._running.pop(identity, None)
            counted = await count_refusal(refused, context)
            await self._send_error(identity, answer_refusal(counted, context.request_id))
            return
        answers = self._operations.stream(prepared, context)
        async with contextlib.aclosing(answers):
            async for answer in answers:
                if not answer.started:
                    await self._give_up(identity, answer, context)
                    return
                body, _ = encode(answer)
                await self._send(write_message("next", identity, body))
        self._running.pop(identity, None)
        await self._send(write_message("complete", identity))

    async def _give_up(self, identity: str, answer: Answer, context: Context) -> None:
        """End an operation with errors, or the socket where the sign-in has ended."""
        if any(problem.code == "UNAUTHENTICATED" for problem in answer.problems):
            refusal = await find_refusal(context.fresh())
            if refusal is not None:
                self._end(close_for(refusal))
                return
        self._running.pop(identity, None)
        await self._send_error(identity, answer)

    async def _send_error(self, identity: str, answer: Answer) -> None:
        await self._send(write_message("error", identity, orjson.dumps(answer.errors())))

    async def _send(self, message: bytes) -> None:
        """Send, one message at a time; nothing is queued, so a slow client holds up only itself."""
        try:
            async with asyncio.timeout(self._bounds.send_seconds), self._sending:
                await self._socket.send_text(message.decode())
        except TimeoutError:
            self._end(CloseSocket(1013, "Too slow"))
        except (WebSocketDisconnect, RuntimeError, OSError):
            self._end(CloseSocket(1001, "Gone"))


def close_for(refusal: DomainError) -> CloseSocket:
    """How a socket ends that its caller may not have."""
    if isinstance(refusal, Unauthenticated):
        return CloseSocket(4401, shorten_reason(f"Unauthorized: {refusal.message}"))
    if isinstance(refusal, Forbidden):
        return CloseSocket(4403, shorten_reason(f"Forbidden: {refusal.message}"))
    if isinstance(refusal, Unavailable | TooMany):
        return CloseSocket(1013, "Try again later")
    return CloseSocket(4400, "Bad request")


def shorten_reason(words: str) -> str:
    """As much as a close frame holds (RFC 6455, 5.5.1: 125 bytes, two of them for the code)."""
    return words.encode()[:123].decode(errors="ignore")


def write_message(kind: str, identity: str, payload: bytes | None = None) -> bytes:
    """A message of the protocol around a payload that is JSON already."""
    head = orjson.dumps({"id": identity, "type": kind})
    return head if payload is None else head[:-1] + b',"payload":' + payload + b"}"
