"""Server-sent events as graphql-sse has them, one operation per connection."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager

from graphql import OperationType
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.graphql.answers import Answer, answer_failure, answer_refusal, encode
from api.graphql.execution import Prepared
from api.graphql.requests import STREAM_TYPE
from api.graphql.serving import Serving
from api.graphql.streams import AnswerRefused, OpenStream
from api.graphql.watching import Watched
from domain.shared.actor import Actor
from domain.shared.errors import DomainError
from graph.support.context import Context

COMMENT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


class EventStream(Response):
    """Answers with `next` events, comments while nothing happens, and `complete`.

    Args:
        serving: What all streams share.
        prepared: What to run.
        context: Of the request.
        opened: Closed in the end, however that comes.
    """

    def __init__(
        self,
        serving: Serving,
        prepared: Prepared,
        context: Context,
        opened: AbstractContextManager[object],
    ) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(None, 200, headers, f"{STREAM_TYPE}; charset=utf-8")
        del self.headers["content-length"]
        self._serving = serving
        self._prepared = prepared
        self._context = context
        self._opened = opened
        self._open: OpenStream | None = None
        self._chunks = Chunks(serving.bounds.waiting_bytes, context.request_id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the operation ends, the client leaves or takes nothing any more."""
        with self._opened:
            await self._serve(receive, send)

    async def _serve(self, receive: Receive, send: Send) -> None:
        tasks = [
            asyncio.create_task(self._send_all(send)),
            asyncio.create_task(wait_until_left(receive)),
        ]
        sending = tasks[0]
        following = asyncio.create_task(self._follow())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, following):
                task.cancel()
            await asyncio.gather(*tasks, following, return_exceptions=True)
        # A client that left or takes nothing is no mistake of ours; everything else is.
        if not sending.cancelled():
            with contextlib.suppress(TimeoutError, OSError):
                sending.result()

    async def _send_all(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async for chunk in self._chunks.read(self._serving.bounds.keep_alive_seconds):
            async with asyncio.timeout(self._serving.bounds.send_seconds):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": COMPLETE})

    async def _follow(self) -> None:
        """Fill the chunks, until nothing follows or this is cancelled."""
        context = self._context
        try:
            with contextlib.ExitStack() as closing:
                watched = await self._watch(closing)
                self._open = await self._serving.streams.follow(
                    self._prepared, context, self._chunks
                )
                if self._open is None:
                    self._chunks.finish()
                    return
                closing.callback(self._open.close)
                if watched is not None:
                    watched.begin_with(context.held_permissions)
                if self._context is not context:  # he was given more while it caught up
                    self._open.show_to(self._context)
                await asyncio.Event().wait()
        except AnswerRefused as refused:
            self._chunks.end_with(refused.answer)
        except Exception as error:  # noqa: BLE001 - the edge: masked, logged, and answered
            self._chunks.end_with(answer_failure(error, context.request_id))

    def refuse(self, refusal: DomainError) -> None:
        """End it because its caller may not have it."""
        self._chunks.end_with(answer_refusal(refusal, self._context.request_id))

    def change(self, actor: Actor) -> None:
        """Go on as it is seen by whoever may do more than before."""
        self._context = self._context.known_as(actor)
        if self._open is not None:
            self._open.show_to(self._context)

    async def _watch(self, closing: contextlib.ExitStack) -> Watched | None:
        """End the stream with its sign-in.

        Nothing stays open that is no subscription, such as the answer to a refresh of an expired
        token; and where nobody is signed in, there is no end to watch for.
        """
        context = self._context
        is_open = self._prepared.kind is OperationType.SUBSCRIPTION
        if not is_open or context.sign_in.expires_in_seconds is None:
            return None
        with contextlib.suppress(DomainError):  # whoever is refused hears of it from the operation
            actor = await context.actor_if_any()
            watched = self._serving.sign_ins.watch(context, actor, self)
            closing.callback(watched.close)
            return watched
        return None


class Chunks:
    """What is to be sent of a stream; a `Sink`.

    Args:
        most_bytes: How much may wait; beyond that the client is too slow.
        request_id: Told with a failure.
    """

    def __init__(self, most_bytes: int, request_id: str) -> None:
        self._most_bytes = most_bytes
        self._request_id = request_id
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._is_over = self._is_slow = False
        self._moved = asyncio.Event()
        self._emptied = asyncio.Event()

    async def send(self, body: bytes) -> None:
        """Put something in, and wait until it is on its way."""
        self._emptied.clear()
        self.take(body)
        await self._emptied.wait()

    def take(self, body: bytes) -> None:
        """Put something in."""
        chunk = b"event: next\ndata: " + body + b"\n\n"  # JSON has no line breaks of its own
        self._bytes += len(chunk)
        if self._bytes > self._most_bytes and self._waiting:
            self._is_slow = True
        if not self._is_over and not self._is_slow:
            self._waiting.append(chunk)
        self._moved.set()

    def finish(self) -> None:
        """Nothing more will come."""
        self._is_over = True
        self._moved.set()

    def fail(self, error: Exception) -> None:
        """What is followed broke."""
        self.end_with(answer_failure(error, self._request_id))

    def end_with(self, answer: Answer) -> None:
        """The last thing there is to say."""
        self.take(encode(answer)[0])
        self.finish()

    async def read(self, patience_seconds: float) -> AsyncGenerator[bytes, None]:
        """What was put in, and comments while nothing is.

        Raises:
            TimeoutError: The client takes less than comes.
        """
        while True:
            while self._waiting and not self._is_slow:
                chunk = self._waiting.popleft()
                self._bytes -= len(chunk)
                yield chunk
            if self._is_slow:  # something is lost: it must not look as if that were all
                raise TimeoutError("too slow")
            self._emptied.set()
            if self._is_over:
                return
            self._moved.clear()
            try:
                async with asyncio.timeout(patience_seconds):
                    await self._moved.wait()
            except TimeoutError:
                yield COMMENT


async def wait_until_left(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        continue
