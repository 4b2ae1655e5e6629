"""Runs checked documents; the one place that knows which executor does it."""

import inspect
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
    subscribe,
)

from api.graphql.documents import Documents, is_subscription, pick_operation
from domain.shared.errors import DomainError, Unavailable
from graph.support.context import Context
from graph.support.errors import expose

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent, checked for shape."""

    query: str
    variables: Mapping[str, object] = field(default_factory=dict)
    operation_name: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. `started` tells errors before execution (4xx) from errors in it."""

    data: object = None
    errors: tuple[Mapping[str, object], ...] = ()
    started: bool = True
    cost: int = 0
    retry_after_seconds: int | None = None

    def to_json(self) -> dict[str, object]:
        """As GraphQL has it: no `data` where nothing ran."""
        body: dict[str, object] = {}
        if self.errors:
            body["errors"] = list(self.errors)
        if self.started:
            body["data"] = self.data
        if self.cost:
            body["extensions"] = {"cost": {"requested": self.cost}}
        return body


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may run, and the operation in it."""

    document: DocumentNode
    operation: OperationDefinitionNode
    request: Request
    cost: int


class Executor:
    """Checks and runs documents.

    Args:
        schema: The executable schema.
        documents: Where texts become documents.
    """

    def __init__(self, schema: GraphQLSchema, documents: Documents) -> None:
        self._schema = schema
        self._documents = documents

    async def prepare(self, request: Request, context: Context) -> Prepared | Answer:
        """Check a request; an answer means that nothing will run."""
        introspection = context.settings.anonymous_introspection
        checked, errors = self._documents.check(
            request.query, request.variables, introspection=True
        )
        if not errors and checked.introspects and not introspection:
            try:
                await context.actor()
            except DomainError as error:
                errors = (GraphQLError(error.message, original_error=error),)
        if errors or checked.document is None:
            return refuse(errors, context)
        operation = pick_operation(checked.document, request.operation_name)
        if isinstance(operation, GraphQLError):
            return refuse((operation,), context)
        nul = find_nul_value(request.variables)
        if nul:
            message = f"The variable {nul} holds a NUL character."
            return refuse((GraphQLError(message, extensions={"code": "BAD_USER_INPUT"}),), context)
        context.cost = checked.cost
        return Prepared(checked.document, operation, request, checked.cost)

    async def run(self, prepared: Prepared, context: Context) -> Answer:
        """Run a query or mutation."""
        outcome = execute(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=dict(prepared.request.variables),
            operation_name=prepared.request.operation_name,
        )
        result = await outcome if inspect.isawaitable(outcome) else outcome
        return describe(result, prepared, context)

    async def stream(self, prepared: Prepared, context: Context) -> AsyncIterator[Answer]:
        """Run a subscription; a query or mutation is a stream of one."""
        if not is_subscription(prepared.operation):
            yield await self.run(prepared, context)
            return
        outcome = subscribe(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=dict(prepared.request.variables),
            operation_name=prepared.request.operation_name,
        )
        source = await outcome if inspect.isawaitable(outcome) else outcome
        if isinstance(source, ExecutionResult):
            yield describe(source, prepared, context)
            return
        events = source
        try:
            while True:
                try:
                    result = await anext(events)
                except StopAsyncIteration:
                    return
                except GraphQLError as error:
                    yield describe(ExecutionResult(None, [error]), prepared, context)
                    return
                except DomainError as error:
                    shown = GraphQLError(error.message, original_error=error)
                    yield describe(ExecutionResult(None, [shown]), prepared, context)
                    return
                yield describe(result, prepared, context)
        finally:
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()


def describe(result: ExecutionResult, prepared: Prepared, context: Context) -> Answer:
    """A result as it leaves the house."""
    errors = tuple(result.errors or ())
    away = next(
        (one.original_error for one in errors if isinstance(one.original_error, Unavailable)), None
    )
    return Answer(
        data=result.data,
        errors=tuple(expose(error, context.request_id) for error in errors),
        started=result.data is not None or any(error.path for error in errors),
        cost=prepared.cost,
        retry_after_seconds=away.retry_after_seconds if away is not None else None,
    )


def refuse(errors: tuple[GraphQLError, ...], context: Context) -> Answer:
    """Nothing ran."""
    return Answer(
        errors=tuple(expose(error, context.request_id) for error in errors), started=False
    )


def find_nul_value(variables: Mapping[str, object]) -> str | None:
    """The name of a variable with a NUL character or half a surrogate pair anywhere in it."""
    pending: list[tuple[str, object]] = list(variables.items())
    while pending:
        name, value = pending.pop()
        if isinstance(value, str) and ("\x00" in value or _is_broken(value)):
            return name
        if isinstance(value, Mapping):
            pending.extend((name, one) for pair in value.items() for one in pair)
        elif isinstance(value, list):
            pending.extend((name, one) for one in value)
    return None


def _is_broken(value: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in value)
