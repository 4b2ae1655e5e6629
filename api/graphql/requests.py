"""Reading requests: media types, bodies and their shape; everything wrong is a JSON answer."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from starlette.requests import Request as HttpRequest

from api.graphql.execution import Request

BODY_BYTES = 1_000_000
RESPONSE_TYPE = "application/graphql-response+json"
JSON_TYPE = "application/json"
STREAM_TYPE = "text/event-stream"


@dataclass(frozen=True)
class Refused(Exception):
    """A request that does not get as far as GraphQL."""

    status: int
    code: str
    message: str


async def read_body(request: HttpRequest) -> bytes:
    """The body, given up as soon as it is too long.

    Raises:
        Refused: 413.
    """
    too_long = Refused(413, "BODY_TOO_LARGE", f"The body has at most {BODY_BYTES} bytes.")
    if int(request.headers.get("content-length") or 0) > BODY_BYTES:
        raise too_long
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES:
            raise too_long
        chunks.append(chunk)
    return b"".join(chunks)


def check_content_type(request: HttpRequest) -> None:
    """Only JSON: what a form of another site could send is refused.

    Raises:
        Refused: 415.
    """
    media, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].strip().strip('"')
    if media.strip() != JSON_TYPE or charset not in ("", "utf-8", "utf8"):
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", f"Send {JSON_TYPE} in UTF-8.")


def choose_response_type(accept: str | None) -> str:
    """The media type to answer with; the client's order decides where it has one.

    Raises:
        Refused: 406.
    """
    if not accept:
        return JSON_TYPE
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept.lower().split(",")):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((_read_quality(one) for one in parameters if one.startswith("q=")), 1.0)
        if quality > 0:
            ranked.append((-quality, place, media))
    for _, _, media in sorted(ranked):
        if media in (RESPONSE_TYPE, JSON_TYPE, STREAM_TYPE):
            return media
        if media in ("*/*", "application/*"):
            return RESPONSE_TYPE
    raise Refused(406, "NOT_ACCEPTABLE", f"Accept {RESPONSE_TYPE}, {JSON_TYPE} or {STREAM_TYPE}.")


def _read_quality(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0


def read_json(body: bytes) -> object:
    """The JSON in a body.

    Raises:
        Refused: 400, for anything that is not JSON in UTF-8, or nested too deeply.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, "BAD_REQUEST", "The body is not JSON in UTF-8.") from error


def read_request(value: object) -> Request:
    """A GraphQL request out of JSON.

    Raises:
        Refused: 400, with what is wrong.
    """
    if isinstance(value, list):
        raise Refused(400, "BAD_REQUEST", "Batches are not supported: send one request at a time.")
    if not isinstance(value, dict):
        raise Refused(400, "BAD_REQUEST", "The body must be a JSON object with a query.")
    query = value.get("query")
    if not isinstance(query, str) or not query.strip():
        raise Refused(400, "BAD_REQUEST", "query must be a text that is not empty.")
    variables = value.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise Refused(400, "BAD_REQUEST", "variables must be an object.")
    name = value.get("operationName")
    if name is not None and not isinstance(name, str):
        raise Refused(400, "BAD_REQUEST", "operationName must be a text.")
    extensions = value.get("extensions")
    if extensions is not None and not isinstance(extensions, Mapping):
        raise Refused(400, "BAD_REQUEST", "extensions must be an object.")
    return Request(query, variables or {}, name or None)
