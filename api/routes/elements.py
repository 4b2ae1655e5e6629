"""`/api/v1/elements.jsonl`: a workspace's element cache as a file, out by GET and in by POST."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from api.answers import address_of, request_id_of, status_of
from domain.elements.bring_in import FileRefused, ImportElements, import_elements
from domain.elements.export import ExportElements, export_elements
from domain.shared.actor import Actor
from domain.shared.errors import Invalid
from domain.shared.origin import Origin
from domain.shared.unit_of_work import UnitsOfWork
from graph.elements.inputs import SCOPES
from graph.support.ids import parse_id

Authenticate = Callable[[Request], Awaitable[Actor]]
"""Finds out who asks, from the access token; raises `Unauthenticated`."""

PATH = "/api/v1/elements.jsonl"
MEDIA_TYPE = "application/jsonl"
HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Content-Disposition": 'attachment; filename="elements.jsonl"',
}


def elements_routes(units: UnitsOfWork, authenticate: Authenticate) -> list[Route]:
    """Both ways; `scope` names the test template by its id, plain or global."""

    def seen_from(request: Request) -> UnitsOfWork:
        device = request.headers.get("user-agent", "")
        return units.seen_from(Origin.of(device, address_of(request), request_id_of(request)))

    async def send(request: Request) -> StreamingResponse:
        actor = await authenticate(request)
        command = ExportElements(read_scope(request))
        lines = await export_elements(seen_from(request), actor, command)
        return StreamingResponse(lines, headers=HEADERS, media_type=MEDIA_TYPE)

    async def take(request: Request) -> Response:
        actor = await authenticate(request)
        command = ImportElements(read_body(request), read_scope(request))
        try:
            imported = await import_elements(seen_from(request), actor, command)
        except FileRefused as refused:
            return refuse(request, refused)
        except ClientDisconnect:
            return Response(status_code=400)
        return JSONResponse(asdict(imported))

    return [
        Route(PATH, send, methods=["GET"]),
        Route(PATH, take, methods=["POST"], name="take_elements"),
    ]


def read_scope(request: Request) -> UUID | None:
    """Which test the query string names.

    Raises:
        Invalid: it names something else, or something that is no id.
    """
    given = request.query_params.multi_items()
    if any(name != "scope" for name, _ in given) or len(given) > 1:
        raise Invalid("The only parameter is scope, once.")
    return parse_scope(given[0][1]) if given else None


def parse_scope(text: str) -> UUID:
    """The id of a test template, plain as files have it or global as GraphQL has it.

    Raises:
        Invalid: it is neither.
    """
    known = parse_id(text)
    if known is not None and known[0] in SCOPES:
        return known[1]
    try:
        return UUID(text)
    except ValueError as error:
        raise Invalid("scope is no id of a test template.", field=("scope",)) from error


def refuse(request: Request, refused: FileRefused) -> JSONResponse:
    """An error with the lines that are wrong; the rest of the body may still be to come."""
    lines = [{"line": int(path[0]), "message": message} for path, message in refused.details]
    error = {"code": refused.code, "message": refused.message, "lines": lines}
    body = {"error": {**error, "requestId": request_id_of(request)}}
    return JSONResponse(body, status_of(refused), {"Connection": "close"})


async def read_body(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives.

    Raises:
        ClientDisconnect: the client went away before its end.
    """
    async for chunk in request.stream():
        yield chunk
