"""What leaves the house when something goes wrong: the same over HTTP, WebSocket and SSE.

An error reaches a caller as it is only when somebody wrote it for callers: a `DomainError`, an
`ExposedError`, a message about the caller's own document or variables. Everything else becomes one
sentence with a request id, and is logged under that id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from graphql import FieldNode, GraphQLError, GraphQLSyntaxError, Node
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from domain.shared.errors import DomainError, Unavailable
from domain.shared.lost import is_lost
from graph.support.errors import to_path

log = structlog.get_logger()

MASKED_MESSAGE = "Something went wrong on our side."
AWAY_MESSAGE = "A part of the system is away. Try again in a moment."
MAX_MESSAGE_CHARACTERS = 500
"""graphql-core prints whatever value was wrong, indented level by level."""

STATUS_BY_CODE = {
    "BAD_REQUEST": 400,
    "GRAPHQL_PARSE_FAILED": 400,
    "GRAPHQL_VALIDATION_FAILED": 400,
    "BAD_USER_INPUT": 400,
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}


class ExposedError(GraphQLError):
    """An error whose message was written for the caller.

    Args:
        message: A sentence.
        code: One of `STATUS_BY_CODE`.
        nodes: Where in the document.
        field: Path into the input or the variables, if any.
        extensions: Further public facts.
    """

    def __init__(
        self,
        message: str,
        code: str,
        nodes: Sequence[Node] = (),
        *,
        field: tuple[str, ...] = (),
        extensions: dict[str, object] | None = None,
    ) -> None:
        facts: dict[str, object] = {"code": code, **(extensions or {})}
        if field:
            facts["field"] = list(field)
        super().__init__(message, nodes or None, extensions=facts)
        self.code = code
        self.field = field

    def at(self, node: Node) -> "ExposedError":
        """The same error with its place in the document."""
        return ExposedError(self.message, self.code, [node], field=self.field)


class RequestRefused(Exception):
    """A request that is answered without being executed.

    Args:
        errors: What the caller is told.
        status: HTTP status; None derives it from the errors' codes.
        headers: Headers that explain the status, such as `Allow`.
    """

    def __init__(
        self,
        *errors: GraphQLError,
        status: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors
        self.status = status
        self.headers = headers or {}


class DocumentRefused(RequestRefused):
    """What GraphQL itself refuses: a text that does not parse, or is too long for it, is not
    valid, or gets variables that do not fit.
    """


def refuse(message: str, code: str = "BAD_REQUEST", status: int | None = None) -> RequestRefused:
    """A refusal with one error."""
    return RequestRefused(ExposedError(message, code), status=status)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as the caller sees it, and what it means for the HTTP answer."""

    body: dict[str, object]
    status: int
    retry_after_seconds: int | None = None
    code: str = field(default="INTERNAL")


def describe(error: GraphQLError, request_id: str) -> Problem:
    """Turn an error of any phase into what the caller may know."""
    cause = find_cause(error)
    if isinstance(cause, DomainError):
        return _describe_domain(error, cause, request_id)
    if isinstance(cause, ExposedError):
        return _problem(error, cause.message, dict(cause.extensions or {}), request_id)
    if isinstance(cause, GraphQLSyntaxError):
        return _problem(error, cause.message, {"code": "GRAPHQL_PARSE_FAILED"}, request_id)
    if isinstance(cause, GraphQLError) and _is_about_input(cause):
        return _problem(error, cause.message, {"code": "BAD_USER_INPUT"}, request_id)
    if is_away(cause):
        log.warning("graphql.store_away", request_id=request_id, error=str(cause))
        return _describe_domain(error, Unavailable(AWAY_MESSAGE), request_id)
    log.error(
        "graphql.failed", request_id=request_id, path=error.path, exc_info=_as_exc_info(cause)
    )
    return _problem(error, MASKED_MESSAGE, {"code": "INTERNAL"}, request_id)


def describe_exception(error: Exception, request_id: str) -> Problem:
    """Turn an exception from outside the execution into what the caller may know."""
    wrapped = error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)
    return describe(wrapped, request_id)


def find_cause(error: GraphQLError) -> Exception:
    """The innermost error: graphql-core wraps what a resolver raised, sometimes twice."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def is_away(error: BaseException) -> bool:
    """Whether PostgreSQL or Redis could not be reached."""
    return is_lost(error) or isinstance(error, RedisConnectionError | RedisTimeoutError)


def status_of(error: DomainError) -> int:
    """The HTTP status of the nearest code that has one, so that a feature's own code may differ."""
    for kind in type(error).__mro__:
        status = STATUS_BY_CODE.get(str(vars(kind).get("code")))
        if status is not None:
            return status
    return STATUS_BY_CODE["INTERNAL"]


def _describe_domain(error: GraphQLError, cause: DomainError, request_id: str) -> Problem:
    facts: dict[str, object] = {"code": cause.code}
    if cause.field:
        facts["field"] = to_path(cause.field)
    retry_after: object = getattr(cause, "retry_after_seconds", None)
    seconds = retry_after if isinstance(retry_after, int) else None
    if seconds is not None:
        facts["retryAfterSeconds"] = seconds
    problem = _problem(error, cause.message, facts, request_id)
    return Problem(problem.body, status_of(cause), seconds, cause.code)


def _problem(
    error: GraphQLError, message: str, facts: dict[str, object], request_id: str
) -> Problem:
    body: dict[str, object] = {"message": message[:MAX_MESSAGE_CHARACTERS]}
    if error.locations:
        body["locations"] = [
            {"line": place.line, "column": place.column} for place in error.locations
        ]
    if error.path is not None:
        body["path"] = list(error.path)
    body["extensions"] = {**facts, "requestId": request_id}
    code = str(facts["code"])
    return Problem(body, STATUS_BY_CODE.get(code, 400), code=code)


def _is_about_input(cause: GraphQLError) -> bool:
    """Whether graphql-core complains about an argument: it points at its value, not at a field."""
    return bool(cause.nodes) and not any(isinstance(node, FieldNode) for node in cause.nodes or ())


def _as_exc_info(
    error: BaseException,
) -> tuple[type[BaseException], BaseException, object]:
    return type(error), error, error.__traceback__
