"""Reading requests: media types, bodies and their shape; everything wrong is a JSON answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import orjson
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.requests import Request as HttpRequest

from api.graphql.bounds import Bounds
from api.graphql.execution import Request
from domain.shared.ids import new_id
from domain.shared.log_secrets import find_literals, find_secrets, hide_from_logs
from graph.support.masking import ExposedError, RequestRefused

RESPONSE_TYPE = "application/graphql-response+json"
JSON_TYPE = "application/json"
STREAM_TYPE = "text/event-stream"
PAGE_TYPE = "text/html"
MAX_ACCEPTED = 50


def refuse(status: int, code: str, message: str, **headers: str) -> RequestRefused:
    """A refusal by HTTP, before GraphQL has a say."""
    return RequestRefused(ExposedError(message, code), status=status, headers=headers)


def request_id_of(connection: HTTPConnection) -> str:
    """The id this connection was given when it came in, or a new one."""
    return str(connection.scope.get("state", {}).get("request_id") or new_id().hex)


async def read_body(request: HttpRequest, bounds: Bounds) -> bytes:
    """The body, given up as soon as it is too long.

    Raises:
        RequestRefused: 413, before anything was parsed.
    """
    announced = request.headers.get("content-length", "")
    is_too_long = announced.isdigit() and int(announced[:20]) > bounds.body_bytes
    chunks: list[bytes] = []
    size = 0
    stream = request.stream()
    try:
        while not is_too_long and (chunk := await anext(stream, None)) is not None:
            chunks.append(chunk)
            size += len(chunk)
            is_too_long = size > bounds.body_bytes
        if is_too_long:
            chunks.clear()
            await drain(stream, bounds)
    except ClientDisconnect as error:
        raise refuse(400, "BAD_REQUEST", "The body ended too early.") from error
    if is_too_long:
        words = f"A body has at most {bounds.body_bytes} bytes."
        raise refuse(413, "BODY_TOO_LARGE", words, Connection="close")
    return b"".join(chunks)


async def drain(stream: AsyncIterator[bytes], bounds: Bounds) -> None:
    """Throw the rest of a body away: a connection closed on a sender loses the answer too."""
    drained = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(bounds.drain_seconds):
            async for chunk in stream:
                drained += len(chunk)
                if drained > bounds.drained_bytes:
                    return


def check_content_type(request: HttpRequest) -> None:
    """Only JSON: what a form of another site could send is refused.

    Raises:
        RequestRefused: 415.
    """
    media, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip().strip('"')
    if media.strip() != JSON_TYPE or charset not in ("", "utf-8", "utf8"):
        raise refuse(415, "UNSUPPORTED_MEDIA_TYPE", f"Send {JSON_TYPE} in UTF-8.")


def rank_accepted(accept: str) -> list[str]:
    """The media types of an Accept header, the most wanted first, refused ones left out."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.lower().split(",")[:MAX_ACCEPTED]):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((_read_quality(one) for one in parameters if one.startswith("q=")), 1.0)
        if quality > 0:
            ranked.append((-quality, place, media))
    return [media for _, _, media in sorted(ranked)]


def choose_response_type(accept: str | None) -> str:
    """The media type to answer with; the client's order decides where it has one.

    Raises:
        RequestRefused: 406.
    """
    for media in rank_accepted(accept or "*/*"):
        if media in (RESPONSE_TYPE, JSON_TYPE, STREAM_TYPE):
            return media
        if media in ("*/*", "application/*"):
            return JSON_TYPE
    types = f"{RESPONSE_TYPE}, {JSON_TYPE} or {STREAM_TYPE}"
    raise refuse(406, "NOT_ACCEPTABLE", f"Accept {types}.")


def wants_old_status(accept: str | None) -> bool:
    """Whether a client asks for JSON by its old name: it takes 4xx for the words of a proxy.

    GraphQL over HTTP, "application/json". A client that takes anything gets the plain status.
    """
    known = (RESPONSE_TYPE, JSON_TYPE, STREAM_TYPE, "*/*", "application/*")
    return next((one for one in rank_accepted(accept or "") if one in known), None) == JSON_TYPE


def _read_quality(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0


def read_json(body: bytes | str) -> object:
    """The JSON in a body.

    Raises:
        RequestRefused: 400, for anything that is not JSON in UTF-8, or nested too deeply.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise refuse(400, "BAD_REQUEST", "This is not JSON in UTF-8.") from error


def read_request(value: object) -> Request:
    """A GraphQL request out of JSON.

    Raises:
        RequestRefused: 400, with what is wrong.
    """
    if isinstance(value, list):
        raise refuse(400, "BAD_REQUEST", "Batches are not supported: send one request at a time.")
    if not isinstance(value, dict):
        raise refuse(400, "BAD_REQUEST", "The body has to be a JSON object with a query.")
    query = _read_text(value, "query")
    document_id = _read_text(value, "documentId")
    if (query is None) == (document_id is None):
        raise refuse(400, "BAD_REQUEST", "Send either query or documentId.")
    _read_object(value, "extensions")
    variables = _read_object(value, "variables")
    hide_from_logs(find_secrets(variables))
    hide_from_logs(find_literals(query or ""))
    return Request(
        query=query,
        variables=variables,
        operation_name=_read_text(value, "operationName"),
        document_id=document_id,
    )


def read_query_string(parameters: Mapping[str, str]) -> Request:
    """A GraphQL request out of the query string of a GET.

    Raises:
        RequestRefused: 400, with what is wrong.
    """
    value: dict[str, object] = dict(parameters)
    for name in ("variables", "extensions"):
        if name in parameters:
            value[name] = read_json(parameters[name])
    return read_request(value)


def _read_text(value: Mapping[str, object], name: str) -> str | None:
    text = value.get(name)
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise refuse(400, "BAD_REQUEST", f"{name} has to be a text.")
    return text


def _read_object(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = value.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise refuse(400, "BAD_REQUEST", f"{name} has to be an object.")
    return found
