"""From text to a document that may run: parsed, measured, validated, and remembered by its hash."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from graph.support.limits import Limits, check_limits, find_nul

CACHE_BYTES = 8_000_000
MAX_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Checked:
    """A parsed document with what is wrong with it, whatever the variables are."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    introspects: bool = False
    has_variables: bool = False
    cost: int = 0


class Documents:
    """Parses and validates each text once; remembers by bytes, the longest unused goes first.

    Texts are keyed by SHA-256, so that nobody can make one text answer for another. Texts that
    fail are not remembered: they would let anybody push out good ones.

    Args:
        schema: What documents are validated against.
        limits: What they may ask for.
        suggest: Whether "Did you mean" may show names of the schema.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, suggest: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._suggest = suggest
        self._known: OrderedDict[bytes, tuple[int, Checked]] = OrderedDict()
        self._bytes = 0

    def check(
        self, text: str, variables: Mapping[str, object], *, introspection: bool
    ) -> tuple[Checked, tuple[GraphQLError, ...]]:
        """Return the document, and every reason not to run it with these variables."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        entry = self._known.get(key)
        if entry is None:
            checked = self._examine(text, variables)
            if not checked.errors:
                self._remember(key, len(text), checked)
        else:
            self._known.move_to_end(key)
            checked = entry[1]
        errors = checked.errors
        if not errors and checked.has_variables and checked.document is not None:
            found, cost = check_limits(checked.document, variables, self._limits)
            errors = tuple(found)
            checked = Checked(checked.document, (), checked.introspects, True, cost)
        if not errors and checked.introspects and not introspection:
            errors = (_coded("Sign in to read the schema.", "INTROSPECTION_DISABLED"),)
        return checked, errors

    def _examine(self, text: str, variables: Mapping[str, object]) -> Checked:
        try:
            document = parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
            return Checked(None, (error,))
        except RecursionError:
            return Checked(None, (_coded("This is nested too deeply.", "GRAPHQL_PARSE_FAILED"),))
        found, cost = check_limits(document, variables, self._limits)
        errors = [*found, *find_nul(document)]
        if not errors:
            errors = validate(
                self._schema,
                document,
                specified_rules,
                max_errors=MAX_ERRORS,
                hide_suggestions=not self._suggest,
            )
        for found_error in errors:
            known = found_error.extensions or {}
            found_error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED", **known}
        introspects = not errors and bool(
            validate(self._schema, document, [NoSchemaIntrospectionCustomRule], max_errors=1)
        )
        has_variables = any(
            isinstance(one, OperationDefinitionNode) and bool(one.variable_definitions)
            for one in document.definitions
        )
        return Checked(document, tuple(errors), introspects, has_variables, cost)

    def _remember(self, key: bytes, size: int, checked: Checked) -> None:
        weight = size * 20  # a parsed tree takes about twenty times its text
        self._known[key] = (weight, checked)
        self._bytes += weight
        while self._bytes > CACHE_BYTES:
            _, (dropped, _) = self._known.popitem(last=False)
            self._bytes -= dropped


def pick_operation(
    document: DocumentNode, name: str | None
) -> OperationDefinitionNode | GraphQLError:
    """The operation to run; several without a name are an error, never "the first one"."""
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if name is None:
        if len(operations) == 1:
            return operations[0]
        return _coded(
            "Name the operation to run: there are several.", "OPERATION_RESOLUTION_FAILED"
        )
    for one in operations:
        if one.name is not None and one.name.value == name:
            return one
    return _coded(f"There is no operation named {name}.", "OPERATION_RESOLUTION_FAILED")


def is_subscription(operation: OperationDefinitionNode) -> bool:
    """Whether an operation answers with a stream."""
    return operation.operation is OperationType.SUBSCRIPTION


def _coded(message: str, code: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code})
