"""The ASGI view of GraphQL: HTTP and server-sent events here, WebSockets next door."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

import orjson
from graphql import OperationType
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket
from strawberry import Schema

from api.graphql.documents import Documents
from api.graphql.execution import Answer, Executor, Prepared, Request
from api.graphql.requests import (
    JSON_TYPE,
    RESPONSE_TYPE,
    STREAM_TYPE,
    Refused,
    check_content_type,
    choose_response_type,
    read_body,
    read_json,
    read_request,
)
from api.graphql.socket import SocketSession
from domain.shared.settings import Settings
from graph.support.context import Context
from graph.support.limits import Limits

KEEP_ALIVE_SECONDS = 12.0


class ContextFactory(Protocol):
    """Builds contexts; fulfilled by the composition root."""

    def for_request(self, request: HttpRequest) -> Context:
        """For one HTTP request."""
        ...

    def for_socket(self, socket: WebSocket, payload: dict[str, object]) -> Context:
        """For one socket, from what `connection_init` carried."""
        ...


class GraphQLEndpoint:
    """Answers `/graphql`.

    Args:
        schema: The product's schema.
        settings: Decides about introspection, suggestions and origins.
        contexts: Builds a context for each operation.
        limits: What a document may ask for.
    """

    def __init__(
        self,
        schema: Schema,
        settings: Settings,
        contexts: ContextFactory,
        limits: Limits | None = None,
    ) -> None:
        suggest = settings.environment != "production"
        core = schema._schema
        self._executor = Executor(core, Documents(core, limits or Limits(), suggest=suggest))
        self._settings = settings
        self._contexts = contexts

    async def answer_http(self, request: HttpRequest) -> Response:
        """POST a request, get an answer or a stream of them."""
        media = JSON_TYPE
        try:
            media = choose_response_type(request.headers.get("accept"))
            if request.method != "POST":
                raise Refused(405, "METHOD_NOT_ALLOWED", "Use POST.")
            check_content_type(request)
            asked = read_request(read_json(await read_body(request)))
        except Refused as refused:
            return refuse(refused, media)
        context = self._contexts.for_request(request)
        if media == STREAM_TYPE:
            return StreamingResponse(
                self._stream(asked, context),
                media_type=STREAM_TYPE,
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        prepared = await self._executor.prepare(asked, context)
        if isinstance(prepared, Prepared):
            if prepared.operation.operation is OperationType.SUBSCRIPTION:
                words = f"Subscriptions need a WebSocket, or Accept: {STREAM_TYPE}."
                return refuse(Refused(406, "NOT_ACCEPTABLE", words), media)
            answer = await self._executor.run(prepared, context)
        else:
            answer = prepared
        return respond(answer, media)

    async def answer_socket(self, socket: WebSocket) -> None:
        """Speak graphql-transport-ws until the socket closes."""
        await SocketSession(
            socket, self._executor, self._settings, self._contexts.for_socket
        ).serve()

    async def _stream(self, asked: Request, context: Context) -> AsyncIterator[bytes]:
        """graphql-sse, distinct connections: `next` events, then `complete`."""
        prepared = await self._executor.prepare(asked, context)
        if isinstance(prepared, Answer):
            yield event("next", prepared)
            yield event("complete", None)
            return
        answers = self._executor.stream(prepared, context)
        try:
            async for one in with_keep_alive(lambda: anext(answers)):
                yield b":\n\n" if one is None else event("next", one)
        finally:
            await answers.aclose()  # type: ignore[attr-defined]
        yield event("complete", None)


async def with_keep_alive(
    following: Callable[[], Awaitable[Answer]],
) -> AsyncIterator[Answer | None]:
    """Answers as they come, and None whenever nothing came for a while."""
    coming: asyncio.Future[Answer] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(following())
            done, _ = await asyncio.wait({coming}, timeout=KEEP_ALIVE_SECONDS)
            if not done:
                yield None
                continue
            try:
                answer = coming.result()
            except StopAsyncIteration:
                return
            finally:
                coming = None
            yield answer
    finally:
        if coming is not None:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                await coming


def event(name: str, answer: Answer | None) -> bytes:
    """One server-sent event."""
    data = b"" if answer is None else orjson.dumps(answer.to_json())
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"


def respond(answer: Answer, media: str) -> Response:
    """An answer over HTTP: 4xx where nothing ran, 503 where a store is away."""
    headers = {"Cache-Control": "no-store"}
    status = 200
    if answer.retry_after_seconds is not None:
        status = 503
        headers["Retry-After"] = str(answer.retry_after_seconds)
    elif not answer.started:
        code = next((one["extensions"] for one in answer.errors), {})
        signed_out = isinstance(code, dict) and code.get("code") == "UNAUTHENTICATED"
        status = 401 if signed_out else 400
        if media == JSON_TYPE and not signed_out:
            status = 400
    body = orjson.dumps(answer.to_json())
    return Response(body, status, headers, media_type=f"{media}; charset=utf-8")


def refuse(refused: Refused, media: str) -> Response:
    """A refusal in the shape of a GraphQL answer."""
    media = media if media in (JSON_TYPE, RESPONSE_TYPE) else JSON_TYPE
    error = {"message": refused.message, "extensions": {"code": refused.code}}
    headers = {"Allow": "POST"} if refused.status == 405 else {}
    body = orjson.dumps({"errors": [error]})
    return Response(body, refused.status, headers, media_type=f"{media}; charset=utf-8")
