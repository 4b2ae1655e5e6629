"""Server-sent events as graphql-sse has them, one operation per connection."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager

from graphql import OperationType
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.graphql.answers import Answer, answer_refusal, encode
from api.graphql.bounds import Bounds
from api.graphql.execution import Operations, Prepared
from api.graphql.requests import STREAM_TYPE
from api.graphql.watching import watch_sign_in
from graph.support.context import Context

COMMENT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"


class EventStream(Response):
    """Answers with `next` events, comments while nothing happens, and `complete`.

    Args:
        operations: Runs the operation.
        prepared: What to run.
        context: Of the request.
        bounds: How patient to be.
        opened: Closed in the end, however that comes.
    """

    def __init__(
        self,
        operations: Operations,
        prepared: Prepared,
        context: Context,
        bounds: Bounds,
        opened: AbstractContextManager[object],
    ) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(None, 200, headers, f"{STREAM_TYPE}; charset=utf-8")
        del self.headers["content-length"]
        self._operations = operations
        self._prepared = prepared
        self._context = context
        self._bounds = bounds
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the operation ends, the client leaves or takes nothing any more."""
        with self._opened:
            await self._serve(receive, send)

    async def _serve(self, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(wait_until_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
        # A client that left or takes nothing is no mistake of ours; everything else is.
        if not sending.cancelled():
            with contextlib.suppress(TimeoutError, OSError):
                sending.result()

    async def _send_all(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async with contextlib.aclosing(self._chunks()) as chunks:
            async for chunk in chunks:
                async with asyncio.timeout(self._bounds.send_seconds):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": COMPLETE})

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        answers = self._operations.stream(self._prepared, self._context)
        async with contextlib.aclosing(answers):
            following = self._until_signed_out(answers)
            async with contextlib.aclosing(following):
                async for answer in following:
                    yield COMMENT if answer is None else write_next(answer)

    async def _until_signed_out(
        self, answers: AsyncIterator[Answer]
    ) -> AsyncGenerator[Answer | None, None]:
        """Answers as they come, None when nothing came for a while."""
        coming: asyncio.Task[Answer | None] | None = None
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                coming = coming or asyncio.create_task(take_next(answers))
                await asyncio.wait(
                    {coming, watching},
                    timeout=self._bounds.keep_alive_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if watching.done():
                    yield watching.result()
                    return
                if not coming.done():
                    yield None
                    continue
                answer, coming = coming.result(), None
                if answer is None:
                    return
                yield answer
        finally:
            tasks = [task for task in (coming, watching) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> Answer:
        is_open = self._prepared.kind is OperationType.SUBSCRIPTION
        if not is_open or self._context.sign_in.expires_in_seconds is None:
            # Nothing stays open, such as the answer to a refresh of an expired token, or nobody
            # is signed in: there is no end to watch for.
            await asyncio.Event().wait()
        refusal = await watch_sign_in(self._context, self._bounds.recheck_seconds)
        return answer_refusal(refusal, self._context.request_id)


async def take_next(answers: AsyncIterator[Answer]) -> Answer | None:
    """The next answer, or None after the last."""
    return await anext(answers, None)


async def wait_until_left(receive: Receive) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        continue


def write_next(answer: Answer) -> bytes:
    """One `next` event; JSON has no line breaks of its own."""
    body, _ = encode(answer)
    return b"event: next\ndata: " + body + b"\n\n"
