"""From text to a document that may run: parsed, measured, validated, and remembered by its hash."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from graph.execution.plans import Plans
from graph.support.limits import Limits, Measured, measure
from graph.support.masking import DocumentRefused, ExposedError, RequestRefused
from graph.support.scalars import NoNulInText

CACHE_BYTES = 32 * 1024 * 1024
TREE_BYTES_PER_CHARACTER = 400
"""A parsed tree with its tokens and places takes about so much memory for each letter of text."""
PLAN_BYTES_PER_CHARACTER = 300
"""One plan: 1,400 bytes for each field, which takes five letters or more."""
ENTRY_BYTES = 8_000

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, NoNulInText)


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document and what its operations amount to; all of it holds for any variables."""

    digest: str
    tree: DocumentNode
    operations: tuple[Measured, ...]
    plans: Plans

    def choose(self, name: str | None) -> Measured:
        """The operation to run; several without a name are an error, never "the first one".

        Raises:
            RequestRefused: There is no such operation, or it is not said which.
        """
        if name is None:
            if len(self.operations) == 1:
                return self.operations[0]
            raise _refuse("Say with operationName which of the operations to run.")
        for measured in self.operations:
            if measured.name == name:
                return measured
        raise _refuse(f"There is no operation {name[:100]}.")

    @property
    def is_query(self) -> bool:
        """Whether nothing in it changes anything or stays open."""
        kinds = {measured.operation.operation for measured in self.operations}
        return kinds == {OperationType.QUERY}


class Documents:
    """Parses and validates each text once.

    Remembered by bytes, the longest unused go first. Texts that fail are not remembered: they
    would let anybody push out good ones.

    Args:
        schema: What documents are validated against.
        limits: What they may contain.
        suggest: Whether "Did you mean" may show names of the schema.
        cache_bytes: How much memory parsed documents may take.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        suggest: bool,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._schema = schema
        self._limits = limits
        self._suggest = suggest
        self._cache_bytes = cache_bytes
        self._known: OrderedDict[str, tuple[int, Document]] = OrderedDict()
        self.held_bytes = 0

    def prepare(self, text: str) -> Document:
        """Find or make the document of a text.

        Raises:
            RequestRefused: It does not parse, exceeds a limit or is not valid.
        """
        digest = digest_of(text)
        known = self._known.get(digest)
        if known is not None:
            self._known.move_to_end(digest)
            return known[1]
        document = self._examine(text, digest)
        self._remember(document, len(text))
        return document

    def check(self, tree: DocumentNode) -> tuple[Measured, ...]:
        """Measure and validate what was parsed.

        Raises:
            RequestRefused: It exceeds a limit or is not valid.
        """
        try:
            operations = measure(self._schema, tree, self._limits)
        except ExposedError as error:
            raise RequestRefused(error) from error
        errors = validate(
            self._schema,
            tree,
            RULES,
            max_errors=self._limits.errors,
            hide_suggestions=not self._suggest,
        )
        if errors:
            raise DocumentRefused(*_expose(errors))
        return operations

    def _examine(self, text: str, digest: str) -> Document:
        tree = self._parse(text)
        return Document(digest, tree, self.check(tree), Plans(tree))

    def _parse(self, text: str) -> DocumentNode:
        limits = self._limits
        try:
            return parse(
                text,
                max_lexical_tokens=limits.tokens,
                max_comments=limits.tokens,
                max_source_length=limits.characters,
            )
        except GraphQLSyntaxError as error:
            raise DocumentRefused(error) from error

    def _remember(self, document: Document, characters: int) -> None:
        plans = PLAN_BYTES_PER_CHARACTER * document.plans.most
        weight = ENTRY_BYTES + (TREE_BYTES_PER_CHARACTER + plans) * characters
        if weight > self._cache_bytes:
            return
        self._known[document.digest] = (weight, document)
        self.held_bytes += weight
        while self.held_bytes > self._cache_bytes:
            _, (dropped, _) = self._known.popitem(last=False)
            self.held_bytes -= dropped


def digest_of(text: str) -> str:
    """SHA-256 in hexadecimal: nobody can make one text answer for another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _expose(errors: Iterable[GraphQLError]) -> Iterable[ExposedError]:
    for error in errors:
        if isinstance(error, ExposedError):
            yield error
        else:
            yield ExposedError(error.message, "GRAPHQL_VALIDATION_FAILED", error.nodes or ())


def _refuse(message: str) -> RequestRefused:
    return RequestRefused(ExposedError(message, "BAD_REQUEST"))
