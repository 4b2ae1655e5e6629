"""What went wrong, as JSON with a stable code: the REST routes' side of `domain.shared.errors`."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket

from domain.shared.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    TooMany,
    Unauthenticated,
    Unavailable,
)

STATUSES: tuple[tuple[type[DomainError], int], ...] = (
    (Unauthenticated, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Invalid, 400),
    (TooMany, 429),
    (Unavailable, 503),
)
STATUS_OF_CODE = {"TOO_LARGE": 413}
CODES = {
    400: "BAD_REQUEST",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}


def request_id_of(connection: HTTPConnection) -> str:
    """The id this request was given when it came in."""
    return str(connection.scope.get("state", {}).get("request_id", ""))


def address_of(connection: HTTPConnection) -> str:
    """The client's address, as far as a trusted proxy or the connection itself tells it."""
    return connection.client.host if connection.client else ""


def status_of(error: DomainError) -> int:
    """The HTTP status that a domain error is answered with."""
    found = (status for kind, status in STATUSES if isinstance(error, kind))
    return STATUS_OF_CODE.get(error.code) or next(found, 500)


def retry_headers(error: DomainError) -> dict[str, str]:
    """When to come back, if that is the way to go."""
    if isinstance(error, Unavailable | TooMany):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}


def answer_error(
    request_id: str,
    status: int,
    code: str,
    message: str,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """The one shape of errors outside GraphQL."""
    error = {"code": code, "message": message, "requestId": request_id}
    return JSONResponse({"error": error}, status, headers)


async def answer_domain_error(request: Request, error: Exception) -> JSONResponse:
    """Turn a domain error into its status; everything else is a mistake of ours."""
    if not isinstance(error, DomainError):
        raise error
    status = status_of(error)
    headers = retry_headers(error)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return answer_error(request_id_of(request), status, error.code, error.message, headers)


async def refuse_socket(socket: WebSocket, error: DomainError) -> None:
    """Answer a handshake instead of accepting it; a server that cannot makes it a 403."""
    if "websocket.http.response" not in socket.scope.get("extensions", {}):
        await socket.close()
        return
    status, headers = status_of(error), retry_headers(error)
    answer = answer_error(request_id_of(socket), status, error.code, error.message, headers)
    await socket.send_denial_response(answer)


async def answer_http_error(request: Request, error: Exception) -> JSONResponse:
    """Turn what the router refuses (404, 405) into the same shape."""
    if not isinstance(error, HTTPException):
        raise error
    code = CODES.get(error.status_code, "ERROR")
    return answer_error(
        request_id_of(request), error.status_code, code, error.detail, error.headers
    )
