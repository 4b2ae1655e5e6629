"""What a document may ask for: one walk, every fragment once, before any stock rule runs.

Stock validation and the usual limiters walk a fragment anew for each spread, so that twenty
fragments, each spread twice by the one before, mean a million visits. Here the measure of each
fragment is computed once and added wherever it is spread; the whole is linear in the document.

Cost: every field costs 1; what lies below a list costs as often as the list may have entries:
`first` or `last` where they are given (a variable counts with its value), else the default page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    Visitor,
    visit,
)

from graph.support.paging import DEFAULT_PAGE, MAX_PAGE


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a document may have. Introspection as GraphiQL asks it has depth 13, cost 180."""

    tokens: int = 1_000
    depth: int = 15
    aliases: int = 30
    directives: int = 20
    root_fields: int = 20
    fields: int = 400
    cost: int = 20_000
    fragments: int = 50


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection adds up to, all fragments included. Sums stop growing at `CEILING`."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    cost: int = 0

    def beside(self, other: "Measure") -> "Measure":
        """Both, side by side."""
        return Measure(
            max(self.depth, other.depth),
            min(CEILING, self.aliases + other.aliases),
            min(CEILING, self.directives + other.directives),
            min(CEILING, self.fields + other.fields),
            min(CEILING, self.cost + other.cost),
        )


CEILING = 10**9
NOTHING = Measure()


class DocumentMeter:
    """Measures operations of one document with given variables."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, object]) -> None:
        self._fragments = {
            one.name.value: one
            for one in document.definitions
            if isinstance(one, FragmentDefinitionNode)
        }
        self._variables = variables
        self._known: dict[str, Measure] = {}
        self._open: set[str] = set()

    def measure(self, operation: OperationDefinitionNode) -> Measure:
        """Measure one operation.

        Raises:
            GraphQLError: a fragment spreads itself.
        """
        own = Measure(directives=len(operation.directives or ()))
        return own.beside(self._measure(operation.selection_set))

    def _measure(self, selections: SelectionSetNode | None) -> Measure:
        total = NOTHING
        for one in selections.selections if selections else ():
            if isinstance(one, FieldNode):
                part = self._measure_field(one)
            elif isinstance(one, InlineFragmentNode):
                part = self._measure(one.selection_set)
            elif isinstance(one, FragmentSpreadNode):
                part = self._measure_fragment(one)
            else:
                part = NOTHING
            total = total.beside(part).beside(Measure(directives=len(one.directives or ())))
        return total

    def _measure_field(self, field: FieldNode) -> Measure:
        below = self._measure(field.selection_set)
        times = self._list_size(field)
        return Measure(
            below.depth + 1,
            below.aliases + (field.alias is not None),
            below.directives,
            below.fields + 1,
            min(CEILING, 1 + below.cost * times),
        )

    def _measure_fragment(self, spread: FragmentSpreadNode) -> Measure:
        name = spread.name.value
        if name in self._open:
            raise GraphQLError(f"The fragment {name} spreads itself.", spread)
        if name not in self._known:
            fragment = self._fragments.get(name)
            self._open.add(name)
            self._known[name] = self._measure(fragment.selection_set if fragment else None)
            self._open.discard(name)
        return self._known[name]

    def _list_size(self, field: FieldNode) -> int:
        sizes = [one.value for one in field.arguments or () if one.name.value in ("first", "last")]
        if sizes:
            return max(self._read_size(one) for one in sizes)
        names = {
            one.name.value
            for one in (field.selection_set.selections if field.selection_set else ())
            if isinstance(one, FieldNode)
        }
        return DEFAULT_PAGE if "edges" in names else 1

    def _read_size(self, value: ValueNode) -> int:
        if isinstance(value, IntValueNode):
            return min(MAX_PAGE, max(1, int(value.value[:9])))
        if isinstance(value, VariableNode):
            given = self._variables.get(value.name.value)
            if given is None:
                return DEFAULT_PAGE
            return min(MAX_PAGE, max(1, given)) if isinstance(given, int) else MAX_PAGE
        return DEFAULT_PAGE


def check_limits(
    document: DocumentNode, variables: Mapping[str, object], limits: Limits
) -> tuple[list[GraphQLError], int]:
    """Refuse what is too much; returns the errors and the cost of the dearest operation."""
    errors: list[GraphQLError] = []
    dearest = 0
    meter = DocumentMeter(document, variables)
    fragments = sum(isinstance(one, FragmentDefinitionNode) for one in document.definitions)
    if fragments > limits.fragments:
        errors.append(GraphQLError(f"More than {limits.fragments} fragments."))
    for operation in document.definitions:
        if not isinstance(operation, OperationDefinitionNode):
            continue
        try:
            measure = meter.measure(operation)
        except GraphQLError as error:
            return [error], dearest
        dearest = max(dearest, measure.cost)
        errors.extend(_compare(measure, operation, limits))
    return errors, dearest


def _compare(
    measure: Measure, operation: OperationDefinitionNode, limits: Limits
) -> list[GraphQLError]:
    pairs = (
        ("depth", measure.depth, limits.depth),
        ("aliases", measure.aliases, limits.aliases),
        ("directives", measure.directives, limits.directives),
        ("fields", measure.fields, limits.fields),
        ("root fields", len(operation.selection_set.selections), limits.root_fields),
        ("cost", measure.cost, limits.cost),
    )
    return [
        GraphQLError(
            f"This asks for too much: {name} {have if have < CEILING else 'beyond counting'}, "
            f"at most {most}.",
            operation,
            extensions={"code": "QUERY_TOO_EXPENSIVE"},
        )
        for name, have, most in pairs
        if have > most
    ]


class _NulFinder(Visitor):
    """Finds string literals with a NUL character, which PostgreSQL cannot store."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[StringValueNode] = []

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        """Note it."""
        if "\x00" in node.value:
            self.found.append(node)


def find_nul(document: DocumentNode) -> list[GraphQLError]:
    """One error for each string literal that holds a NUL character."""
    finder = _NulFinder()
    visit(document, finder)
    return [GraphQLError("A text must not hold a NUL character.", node) for node in finder.found]
