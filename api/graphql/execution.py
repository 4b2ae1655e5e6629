"""Runs checked documents; `execute_operation` is the one place that knows how."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeGuard, cast

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationType,
)
from graphql.execution import Executor as CoreExecutor
from strawberry import Schema
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from api.graphql.answers import Answer, answer_failure
from api.graphql.documents import Document, Documents
from api.graphql.refusals import weigh_document
from api.graphql.trusted import TrustedDocuments
from domain.shared.settings import Settings
from graph.execution.run import execute_plan
from graph.support.context import Context
from graph.support.limits import Limits, Measured
from graph.support.masking import DocumentRefused, ExposedError, RequestRefused, describe
from graph.support.permissions import Declaration, declared
from graph.support.rate_limit import charge
from graph.support.scalars import find_nul, refuse_nul

IS_AWAITABLE = cast("Callable[[object], TypeGuard[Awaitable[object]]]", optimized_is_awaitable)


async def execute_operation(
    executor: CoreExecutor[Context], prepared: "Prepared"
) -> ExecutionResult:
    """Run one query, one mutation, or one event of a subscription.

    Everything is decided by now: the executor holds the schema, the operation, its coerced
    variables, the context and, for an event, the event as root value.
    """
    try:
        return await execute_plan(executor, prepared.document.plans.find(executor))
    finally:
        untie(executor)


def untie(executor: CoreExecutor[Context]) -> None:
    """Break the circles in what an operation leaves behind, so that it is freed at once."""
    executor.context_value.forget_loaded()
    del executor.async_helpers


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent, checked for shape: a text, or the id of a trusted one."""

    query: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    operation_name: str | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation that may run."""

    document: Document
    measured: Measured
    variables: Mapping[str, object]
    cost: int

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.measured.operation.operation

    @property
    def label(self) -> str:
        """What metrics call it: kind and first root field, both words of ours."""
        return f"{self.kind.value} {find_root_field(self)}"


class Operations:
    """Checks and runs what clients ask for, whatever way it came.

    Args:
        schema: The product's schema.
        settings: Decides about suggestions, introspection and trusted documents.
        limits: What a document may contain.
    """

    def __init__(self, schema: Schema, settings: Settings, limits: Limits) -> None:
        self._schema = schema._schema
        self._settings = settings
        self._limits = limits
        self._suggest = settings.environment != "production"
        self._documents = Documents(self._schema, limits, suggest=self._suggest)
        self._trusted = TrustedDocuments.from_file(settings.trusted_documents)

    def find_document(self, request: Request, context: Context) -> Document:
        """The document a request means; the context learns what it counts if it is refused.

        Raises:
            RequestRefused: There is none, or it may not run.
        """
        text = request.query
        if request.document_id is not None:
            text = self._trusted.find(request.document_id)
        if text is None:
            raise RequestRefused(ExposedError("There is no such trusted document.", "BAD_REQUEST"))
        weigh_document(context, min(len(text), self._limits.characters))
        return self._documents.prepare(text)

    def is_trusted(self, document: Document) -> bool:
        """Whether the document is one of the manifest."""
        return document.digest in self._trusted

    async def prepare(self, request: Request, context: Context) -> Prepared:
        """Check everything that can be checked before the first resolver.

        It is counted before anybody is looked up, so that a flood does not reach the database.

        Raises:
            RequestRefused: With every reason why nothing will run.
            DomainError: Who asks may not send this or not so often, or cannot be looked up now.
        """
        document = self.find_document(request, context)
        measured = document.choose(request.operation_name)
        broken = next(find_nul(request.variables), None)
        if broken is not None:
            raise RequestRefused(refuse_nul(broken))
        cost = measured.cost(request.variables)
        if cost > self._limits.cost:
            raise RequestRefused(self._refuse_cost(cost))
        context.cost = cost
        await charge(context, cost)
        await self._check_trust(document, context)
        if measured.introspects and not self._settings.anonymous_introspection:
            await context.actor()
        return Prepared(document, measured, request.variables, cost)

    async def run(self, prepared: Prepared, context: Context) -> Answer:
        """Run a query or mutation."""
        try:
            executor = self.build(prepared, context)
            return self.answer(await execute_operation(executor, prepared), prepared, context)
        except DocumentRefused as refused:
            answer = self.answer(ExecutionResult(None, list(refused.errors)), prepared, context)
            return replace(answer, blames_document=True)
        except Exception as error:  # noqa: BLE001 - the edge: masked, logged, and answered
            return answer_failure(error, context.request_id)

    def build(self, prepared: Prepared, context: Context) -> CoreExecutor[Context]:
        """What carries an operation out.

        Raises:
            DocumentRefused: Its variables are not what they should be.
        """
        built = StrawberryGraphQLCoreExecutionContext.build(
            self._schema,
            prepared.document.tree,
            context_value=context,
            raw_variable_values=dict(prepared.variables),
            operation_name=prepared.measured.name,
            is_awaitable=IS_AWAITABLE,
            hide_suggestions=not self._suggest,
        )
        if isinstance(built, list):
            raise DocumentRefused(
                *(ExposedError(one.message, "BAD_USER_INPUT", one.nodes or ()) for one in built)
            )
        return built

    def answer(self, result: ExecutionResult, prepared: Prepared, context: Context) -> Answer:
        """What clients see of a result."""
        errors = result.errors or ()
        cost = {"requested": prepared.cost, "maximum": self._limits.cost}
        return Answer(
            context.request_id,
            data=result.data,
            problems=tuple(describe(error, context.request_id) for error in errors),
            started=result.data is not None or any(error.path for error in errors),
            extensions={"cost": cost},
        )

    async def _check_trust(self, document: Document, context: Context) -> None:
        allowed = self._settings.untrusted_documents_from
        if allowed == "anyone" or self.is_trusted(document):
            return
        if allowed == "nobody" or await context.actor_if_any() is None:
            words = "Only documents that this installation knows may be sent."
            raise RequestRefused(ExposedError(words, "FORBIDDEN"))

    def _refuse_cost(self, cost: int) -> ExposedError:
        shown = cost if cost < 10**9 else 10**9
        return ExposedError(
            f"The operation would cost {shown} or more; {self._limits.cost} is allowed.",
            "GRAPHQL_VALIDATION_FAILED",
            extensions={"cost": {"requested": shown, "maximum": self._limits.cost}},
        )

    def find_declaration(self, prepared: Prepared) -> Declaration | None:
        """What a subscription declares to need."""
        root = self._schema.subscription_type
        name = find_root_field(prepared)
        definition = root.fields.get(name) if root is not None else None
        field = definition.extensions.get("strawberry-definition") if definition else None
        return declared(field) if isinstance(field, StrawberryField) else None


def find_root_field(prepared: Prepared) -> str:
    """The name of a subscription's one root field, which may stand in a fragment."""
    fragments = {
        one.name.value: one
        for one in prepared.document.tree.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    selections = prepared.measured.operation.selection_set.selections
    while selections:
        first = selections[0]
        if isinstance(first, FieldNode):
            return first.name.value
        if isinstance(first, FragmentSpreadNode):
            selections = fragments[first.name.value].selection_set.selections
        elif isinstance(first, InlineFragmentNode):
            selections = first.selection_set.selections
    raise GraphQLError("A subscription without a field.")
