"""The ASGI view of GraphQL: HTTP here, event streams, sockets and the IDE next door."""

from contextlib import ExitStack
from typing import Protocol

from graphql import OperationType
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry import Schema

from api.answers import address_of, refuse_socket
from api.cookies import write_cookies
from api.graphql.answers import Answer, answer_failure, answer_refusal, encode
from api.graphql.bounds import Bounds
from api.graphql.event_stream import EventStream
from api.graphql.execution import Operations, Request
from api.graphql.ide import ide_routes, serve_page, wants_page
from api.graphql.openings import Openings
from api.graphql.refusals import count_refusal, weigh_body
from api.graphql.requests import (
    JSON_TYPE,
    RESPONSE_TYPE,
    STREAM_TYPE,
    check_content_type,
    choose_response_type,
    read_body,
    read_json,
    read_query_string,
    read_request,
    refuse,
    request_id_of,
    wants_old_status,
)
from api.graphql.serving import Serving
from api.graphql.socket import SocketSession
from api.graphql.streams import Streams
from api.graphql.watching import SignIns
from api.limits import note_refusal, note_standing
from domain.shared.errors import DomainError, TooMany
from domain.shared.settings import Settings
from graph.support.context import Context
from graph.support.cookies import Cookies
from graph.support.limits import Limits
from graph.support.masking import RequestRefused
from graph.support.rate_limit import check_room

PATH = "/graphql"


class ContextFactory(Protocol):
    """Builds contexts; fulfilled by the composition root."""

    def for_request(self, request: HttpRequest) -> Context:
        """For one HTTP request."""
        ...

    def for_socket(self, socket: WebSocket, payload: dict[str, object]) -> Context:
        """For one socket, from what `connection_init` carried."""
        ...


class SocketApp:
    """Speaks graphql-transport-ws, until the socket closes.

    No function, because Starlette puts three frames around those for each socket.

    Args:
        serving: What all sockets share.
    """

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        socket = WebSocket(scope, receive, send)
        try:
            opening = self._serving.openings.hold_for_address(address_of(socket))
        except TooMany as refused:
            await refuse_socket(socket, refused)
            return
        with opening:
            await SocketSession(socket, self._serving).serve()


class GraphQLEndpoint:
    """Answers `/graphql`.

    Args:
        schema: The product's schema.
        settings: Decides about introspection, suggestions, trusted documents, IDE and origins.
        contexts: Builds a context for each operation.
        limits: What a document may ask for.
        bounds: What a client may take of memory and patience.
    """

    def __init__(
        self,
        schema: Schema,
        settings: Settings,
        contexts: ContextFactory,
        limits: Limits | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self._settings = settings
        self._contexts = contexts
        self._bounds = bounds = bounds or Bounds()
        self._operations = operations = Operations(schema, settings, limits or Limits())
        self._serving = Serving(
            operations,
            Streams(operations, bounds),
            settings,
            contexts.for_socket,
            bounds,
            Openings(bounds.address_openings, bounds.person_openings, bounds.person_operations),
            SignIns(bounds.recheck_seconds),
        )

    @property
    def routes(self) -> list[BaseRoute]:
        """`/graphql` over HTTP and WebSocket, and the IDE's files where it is served."""
        return [
            Route(PATH, self.answer_http, methods=["GET", "POST"]),
            WebSocketRoute(PATH, SocketApp(self._serving)),
            *(ide_routes() if self._settings.serve_graphiql else ()),
        ]

    @property
    def open_streams(self) -> int:
        """Subscriptions that are running in this process, over sockets and event streams."""
        return self._serving.streams.open_streams

    @property
    def open_feeds(self) -> int:
        """Streams of events that are read in this process, by whomever they are followed."""
        return self._serving.streams.open_feeds

    @property
    def watched_sign_ins(self) -> int:
        """Sign-ins that are looked at again and again, because something is open with them."""
        return self._serving.sign_ins.count

    @property
    def held_openings(self) -> int:
        """Addresses and people that hold a socket or an event stream in this process."""
        return self._serving.openings.held

    async def answer_http(self, request: HttpRequest) -> Response:
        """Answer a request, with JSON, a stream, or the IDE for a browser."""
        if wants_page(request) and self._settings.serve_graphiql:
            return serve_page()
        context, media = self._contexts.for_request(request), JSON_TYPE
        try:
            check_room(context)
            if request.method not in ("GET", "POST"):
                raise refuse(405, "METHOD_NOT_ALLOWED", "Use POST.", Allow="GET, POST")
            media = choose_response_type(request.headers.get("accept"))
            if request.method == "GET":
                return await self._answer_get(request, context, media)
            return await self._answer_post(request, context, media)
        except (RequestRefused, DomainError) as refused:
            counted = await count_refusal(refused, context)
            if isinstance(counted, TooMany):
                note_refusal(request, counted)
            return respond(answer_refusal(counted, request_id_of(request)), request, media)
        except Exception as error:  # noqa: BLE001 - the edge: masked, logged, and answered
            return respond(answer_failure(error, request_id_of(request)), request, media)
        finally:
            note_standing(request, context.standing)

    async def _open_stream(self, request: HttpRequest, context: Context) -> ExitStack:
        """Count an event stream, until what this answers is closed.

        Raises:
            TooMany: The address or the person holds as many as may be.
        """
        actor = await context.actor_if_any()
        with ExitStack() as opening:
            opening.enter_context(self._serving.openings.hold_for_address(address_of(request)))
            if actor is not None:
                opening.enter_context(self._serving.openings.hold_for_person(actor.user_id))
            return opening.pop_all()

    async def _answer_post(self, request: HttpRequest, context: Context, media: str) -> Response:
        check_content_type(request)
        weigh_body(context, self._bounds.body_bytes)
        body = await read_body(request, self._bounds)
        weigh_body(context, len(body))
        return await self._answer(read_request(read_json(body)), request, context, media)

    async def _answer_get(self, request: HttpRequest, context: Context, media: str) -> Response:
        """Queries only, and only trusted ones: any site can make a browser send a GET."""
        if not request.query_params:
            raise refuse(405, "METHOD_NOT_ALLOWED", "Use POST.", Allow="POST")
        asked = read_query_string(request.query_params)
        document = self._operations.find_document(asked, context)
        chosen = document.choose(asked.operation_name)
        if chosen.operation.operation is not OperationType.QUERY:
            raise refuse(405, "METHOD_NOT_ALLOWED", "Only queries may use GET.", Allow="POST")
        if not self._operations.is_trusted(document):
            raise refuse(403, "FORBIDDEN", "Only trusted documents may use GET. Use POST.")
        return await self._answer(asked, request, context, media)

    async def _answer(
        self, asked: Request, request: HttpRequest, context: Context, media: str
    ) -> Response:
        prepared = await self._operations.prepare(asked, context)
        request.state.operation = prepared.label
        if media == STREAM_TYPE:
            context.cookies = Cookies()  # the headers leave before the operation begins
            opened = await self._open_stream(request, context)
            return EventStream(self._serving, prepared, context, opened)
        if prepared.kind is OperationType.SUBSCRIPTION:
            words = f"Subscriptions need a WebSocket, or Accept: {STREAM_TYPE}."
            raise refuse(406, "NOT_ACCEPTABLE", words)
        response = respond(await self._operations.run(prepared, context), request, media)
        write_cookies(response, context.cookies)
        return response


def respond(answer: Answer, request: HttpRequest, media: str) -> Response:
    """An answer over HTTP."""
    media = media if media in (JSON_TYPE, RESPONSE_TYPE) else JSON_TYPE
    body, status = encode(answer)
    if answer.blames_document and wants_old_status(request.headers.get("accept")):
        status = 200
    headers = {"Cache-Control": "no-store", **answer.headers}
    if answer.retry_after_seconds is not None:
        headers["Retry-After"] = str(answer.retry_after_seconds)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body, status, headers, media_type=f"{media}; charset=utf-8")
