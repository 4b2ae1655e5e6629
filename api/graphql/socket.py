"""graphql-transport-ws: one session per socket, bounded in everything a client controls.

Close codes are the protocol's: 4400 bad message, 4401 not initialised or signed out, 4403 no longer
allowed, 4406 another protocol, 4408 no init in time, 4409 an id used twice, 4429 a second init or
too many sockets of one person, which clients take for final rather than try again at once; and
WebSocket's own: 1009 too big, 1013 try again later.
"""

import asyncio
import contextlib
from uuid import UUID

import orjson
import structlog
from starlette.types import Message
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api.graphql.answers import answer_refusal
from api.graphql.openings import Opening
from api.graphql.outbox import Outbox
from api.graphql.requests import request_id_of
from api.graphql.serving import Serving
from api.graphql.socket_operation import SocketOperation
from api.graphql.watching import Watched
from api.origins import allowed_origins
from domain.shared.actor import Actor
from domain.shared.errors import DomainError, Forbidden, TooMany, Unauthenticated, Unavailable
from domain.shared.log_secrets import hide_from_logs
from graph.support.context import Context
from graph.support.masking import ExposedError, RequestRefused
from graph.support.rate_limit import charge

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
    """One socket from the handshake to the end: one task, and one more for what is being begun.

    There may be thousands, so it is small, and few frames deep.

    Args:
        socket: Not yet accepted.
        serving: What all sockets share.
    """

    __slots__ = (
        "__weakref__",
        "_alarm",
        "_closing",
        "_context",
        "_opening",
        "_outbox",
        "_person",
        "_running",
        "_serving",
        "_socket",
        "_task",
        "_watched",
    )

    def __init__(self, socket: WebSocket, serving: Serving) -> None:
        self._socket = socket
        self._serving = serving
        self._outbox = Outbox(self._send_text, serving.bounds, self)
        self._running: dict[str, SocketOperation] = {}
        self._context: Context | None = None
        self._opening: Opening | None = None
        self._person: UUID | None = None
        self._watched: Watched | None = None
        self._task: asyncio.Task[object] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._closing: CloseSocket | None = None

    async def serve(self) -> None:
        """Run the session; when it returns, nothing of it is left."""
        origin = self._socket.headers.get("origin")
        if origin is not None and origin.lower() not in allowed_origins(self._serving.settings):
            await self._socket.close()  # before the handshake: the client sees 403
            return
        if PROTOCOL not in self._socket.scope.get("subprotocols", []):
            await self._socket.accept()
            await self._close(CloseSocket(4406, "Subprotocol not acceptable"))
            return
        await self._socket.accept(subprotocol=PROTOCOL)
        self._task = asyncio.current_task()
        late = CloseSocket(4408, "Connection initialisation timeout")
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(self._serving.bounds.init_seconds, self.end, late)
        try:
            try:
                while self._closing is None:  # a library may lose a cancellation
                    await self._heed(self._read(await self._socket.receive()))
            except CloseSocket as closing:
                self._closing = closing
            except asyncio.CancelledError:
                if self._closing is None or self._task is None:
                    raise  # the server stops
                self._task.uncancel()
            except (WebSocketDisconnect, RuntimeError):
                # Starlette raises RuntimeError where the client left between two messages.
                log.debug("socket.left")
            finally:
                self._task = None  # it ends once: nothing interrupts that
            if self._closing is not None:
                await self._close(self._closing)
        finally:
            await self._leave_nothing()

    def end(self, closing: CloseSocket) -> None:
        """End the session, unless it is ending."""
        if self._closing is not None or self._task is None:
            return
        if self._task is asyncio.current_task():  # it would be interrupted at some later place
            asyncio.get_running_loop().call_soon(self.end, closing)
        else:
            self._closing = closing
            self._task.cancel()

    def refuse(self, refusal: DomainError) -> None:
        """End it because its caller may not have it."""
        self.end(close_for(refusal))

    def be_slow(self) -> None:
        """End it because the client takes too little."""
        self.end(CloseSocket(1013, "Too slow"))

    def be_gone(self) -> None:
        """End it because the client has left."""
        self.end(CloseSocket(1001, "Gone"))

    def be_broken(self) -> None:
        """End it because we made a mistake."""
        self.end(CloseSocket(1011, "Internal error"))

    def change(self, actor: Actor) -> None:
        """Show what is open as it is seen by whoever may do more than before."""
        if self._context is not None:
            for running in self._running.values():
                running.show_to(self._context.known_as(actor))

    def begin_with(self, permissions: frozenset[str] | None) -> None:
        """Watch what an operation begins with, which may be more than the last look saw."""
        if self._watched is not None:
            self._watched.begin_with(permissions)

    def forget(self, operation: SocketOperation) -> None:
        """An operation is over: the client may use its id again."""
        if self._running.get(operation.identity) is operation:
            del self._running[operation.identity]

    async def _leave_nothing(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        for one in (self._outbox, self._opening, self._watched):
            if one is not None:
                one.close()
        running, self._running = list(self._running.values()), {}
        ending = [task for one in running if (task := one.cancel()) is not None]
        await asyncio.gather(*ending, return_exceptions=True)

    async def _close(self, closing: CloseSocket) -> None:
        if self._socket.application_state is not WebSocketState.CONNECTED:
            return
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError, TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._socket.close(closing.code, closing.reason)

    def _read(self, received: Message) -> dict[str, object]:
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code") or 1005)
        text, data = received.get("text"), received.get("bytes")
        limit = self._serving.bounds.message_bytes
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

    async def _heed(self, message: dict[str, object]) -> None:
        kind = message.get("type")
        if kind == "connection_init":
            await self._initialise(message.get("payload"))
        elif kind == "ping":
            await self._outbox.deliver('{"type":"pong"}')
        elif kind == "subscribe":
            await self._subscribe(message)
        elif kind == "complete":
            running = self._running.pop(str(message.get("id")), None)
            if running is not None:
                running.cancel()
        elif kind != "pong":
            raise CloseSocket(4400, "Unknown message type")

    async def _initialise(self, payload: object) -> None:
        if self._context is not None:
            raise CloseSocket(4429, "Too many initialisation requests")
        if payload is not None and not isinstance(payload, dict):
            raise CloseSocket(4400, "The payload is an object")
        hide_from_logs(word for one in (payload or {}).values() for word in str(one).split())
        context = self._serving.make_context(self._socket, payload or {})
        try:
            opening = context.fresh()
            await charge(opening, OPENING_COST)
            actor = await opening.actor()
        except DomainError as error:
            raise close_for(error) from error
        try:
            self._opening = self._serving.openings.hold_for_person(actor.user_id)
        except TooMany as error:
            raise CloseSocket(4429, "Too many connections of this person") from error
        self._person = actor.user_id
        self._watched = self._serving.sign_ins.watch(context, actor, self)
        self._context = context
        if self._alarm is not None:
            self._alarm.cancel()
        await self._outbox.deliver('{"type":"connection_ack"}')

    async def _subscribe(self, message: dict[str, object]) -> None:
        if self._context is None:
            raise CloseSocket(4401, "Unauthorized")
        identity = message.get("id")
        if not isinstance(identity, str) or not 0 < len(identity) <= MAX_ID_CHARACTERS:
            raise CloseSocket(4400, "subscribe needs an id")
        if identity in self._running:
            raise CloseSocket(4409, f"Subscriber for {identity[:50]} already exists")
        running = SocketOperation(identity, self._outbox, self)
        try:
            counted = self._count_operation()
        except RequestRefused as refused:
            await running.tell_errors(answer_refusal(refused, request_id_of(self._socket)))
            return
        self._running[identity] = running
        running.start(self._serving, self._context.fresh(), counted, message.get("payload"))

    def _count_operation(self) -> Opening:
        """Count one more.

        Raises:
            RequestRefused: There are as many as may be, on this socket or of this person.
        """
        most = self._serving.bounds.operations
        if len(self._running) < most and self._person is not None:
            with contextlib.suppress(TooMany):
                return self._serving.openings.hold_operation(self._person)
        of_one = self._serving.bounds.person_operations
        words = f"Up to {most} operations may be open on one socket, and {of_one} of one person."
        raise RequestRefused(ExposedError(words, "TOO_MANY_OPERATIONS"))

    async def _send_text(self, text: str) -> None:
        await self._socket.send({"type": "websocket.send", "text": text})


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
