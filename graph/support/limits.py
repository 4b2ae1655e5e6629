"""How large a document may be: one walk in which every fragment is counted once.

Twenty fragments that each spread the next one twice are a million fields in 724 characters. A walk
that follows every spread never ends; this one keeps what it found of a fragment and multiplies.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    is_composite_type,
    value_from_ast_untyped,
)

from domain.shared.settings import Settings
from graph.support.cost import FREE, Cost, PricedField, price_field
from graph.support.masking import ExposedError


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may contain, fragments multiplied by their uses."""

    characters: int = 20_000
    tokens: int = 1_000
    depth: int = 16
    """Levels of fields; a connection takes two of its own."""
    introspection_depth: int = 20
    """Levels below `__schema`: the IDE's query unwraps types nine deep."""
    nesting: int = 100
    """Braces within braces, fragments followed; far below Python's own recursion limit."""
    selections: int = 1_000
    repeats: int = 10
    """Uses of one response name side by side; merging them is quadratic."""
    aliases: int = 30
    directives: int = 30
    root_fields: int = 20
    mutations: int = 10
    """Root fields of a mutation, so that passwords are not tried by the hundred."""
    cost: int = 10_000
    list_size: int = 10
    """How long a list is taken to be that has no `first` or `last`."""
    errors: int = 10
    """Validation stops after so many."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "Limits":
        """As far as an operator has a say."""
        return cls(cost=settings.graphql_cost, depth=settings.graphql_depth)


@dataclass(frozen=True, slots=True)
class Extent:
    """What a selection set amounts to, everything below it included."""

    fields: int = 0
    """Only its own level."""
    selections: int = 0
    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    directives: int = 0
    introspects: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """An operation within the limits; its cost depends on the variables."""

    operation: OperationDefinitionNode
    introspects: bool
    _cost: Cost
    _defaults: Mapping[str, object]

    @property
    def name(self) -> str | None:
        """What the client calls the operation."""
        return self.operation.name.value if self.operation.name else None

    def cost(self, variables: Mapping[str, object]) -> int:
        """What the operation is estimated at with these variables."""
        return self._cost.evaluate({**self._defaults, **variables})


def measure(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> tuple[Measured, ...]:
    """Measure every operation of a document, before anything else looks at it.

    Raises:
        ExposedError: A limit is exceeded, fragments form a circle or a directive is unknown.
    """
    surveyor = _Surveyor(schema, document, limits)
    return tuple(
        surveyor.survey_operation(definition)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    )


def _too_much(what: str, found: int, allowed: int) -> ExposedError:
    # The number itself may have thousands of digits.
    amount = str(found) if found <= 1_000_000 else "over a million"
    return ExposedError(
        f"The document has {amount} {what}; {allowed} are allowed.", "GRAPHQL_VALIDATION_FAILED"
    )


def _read_defaults(operation: OperationDefinitionNode) -> dict[str, object]:
    return {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }


def _response_name(node: SelectionNode) -> str:
    if isinstance(node, FieldNode):
        return (node.alias or node.name).value
    return node.name.value if isinstance(node, FragmentSpreadNode) else ""


class _Surveyor:
    """Walks one document; what it found of a fragment is kept under the fragment's name."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._surveyed: dict[str, tuple[Extent, Cost]] = {}
        self._open: set[str] = set()
        self._nesting = 0

    def survey_operation(self, operation: OperationDefinitionNode) -> Measured:
        """Measure one operation and compare it with the limits."""
        root = self._schema.get_root_type(operation.operation)
        extent, cost = self._survey(operation.selection_set, root)
        on_variables = [
            directive
            for definition in operation.variable_definitions or ()
            for directive in definition.directives or ()
        ]
        directives = self._count_directives([*(operation.directives or ()), *on_variables])
        self._require(replace(extent, directives=extent.directives + directives))
        allowed = self._limits.root_fields
        if operation.operation is OperationType.MUTATION:
            allowed = self._limits.mutations
        if extent.fields > allowed:
            raise _too_much("fields at its root", extent.fields, allowed)
        return Measured(operation, extent.introspects, cost, _read_defaults(operation))

    def _require(self, extent: Extent) -> None:
        limits = self._limits
        for what, found, allowed in (
            ("levels of fields", extent.depth, limits.depth),
            ("levels of introspection", extent.introspection_depth, limits.introspection_depth),
            ("selections", extent.selections, limits.selections),
            ("aliases", extent.aliases, limits.aliases),
            ("directives", extent.directives, limits.directives),
        ):
            if found > allowed:
                raise _too_much(what, found, allowed)

    def _survey(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None
    ) -> tuple[Extent, Cost]:
        self._nesting += 1
        if self._nesting > self._limits.nesting:
            raise _too_much("levels of nesting", self._nesting, self._limits.nesting)
        self._refuse_repeats(selection_set)
        found = [self._survey_selection(node, parent) for node in selection_set.selections]
        self._nesting -= 1
        extents = [extent for extent, _ in found]
        total = Extent(
            fields=sum(extent.fields for extent in extents),
            selections=sum(extent.selections for extent in extents),
            depth=max((extent.depth for extent in extents), default=0),
            introspection_depth=max((one.introspection_depth for one in extents), default=0),
            aliases=sum(extent.aliases for extent in extents),
            directives=sum(extent.directives for extent in extents),
            introspects=any(extent.introspects for extent in extents),
        )
        return total, Cost.sum(cost for _, cost in found)

    def _survey_selection(
        self, node: SelectionNode, parent: GraphQLNamedType | None
    ) -> tuple[Extent, Cost]:
        directives = self._count_directives(node.directives or ())
        if isinstance(node, FieldNode):
            extent, cost = self._survey_field(node, parent)
        elif isinstance(node, FragmentSpreadNode):
            extent, cost = self._survey_fragment(node)
        elif isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            inner = self._schema.get_type(condition.name.value) if condition else parent
            extent, cost = self._survey(node.selection_set, inner)
        else:
            raise TypeError(f"an unknown kind of selection: {node.kind}")
        return (
            replace(
                extent,
                selections=extent.selections + 1,
                directives=extent.directives + directives,
            ),
            cost,
        )

    def _survey_field(
        self, node: FieldNode, parent: GraphQLNamedType | None
    ) -> tuple[Extent, Cost]:
        priced = self._price(node, parent)
        inner, cost = Extent(), FREE
        if node.selection_set is not None:
            inner, cost = self._survey(node.selection_set, priced.type)
        is_introspection = parent is not None and parent.name.startswith("__")
        extent = replace(
            inner,
            fields=1,
            depth=inner.depth + (not is_introspection),
            introspection_depth=inner.introspection_depth + is_introspection,
            aliases=inner.aliases + (node.alias is not None),
            introspects=inner.introspects or node.name.value in ("__schema", "__type"),
        )
        return extent, priced.total(cost)

    def _price(self, node: FieldNode, parent: GraphQLNamedType | None) -> PricedField:
        definition = None
        if parent is not None and is_composite_type(parent):
            definition = self._schema.get_field(parent, node.name.value)
        if parent is None or definition is None:
            # Validation says later that there is no such field.
            return PricedField(None)
        return price_field(node, definition, parent, self._limits.list_size)

    def _survey_fragment(self, node: FragmentSpreadNode) -> tuple[Extent, Cost]:
        name = node.name.value
        if name in self._surveyed:
            return self._surveyed[name]
        fragment = self._fragments.get(name)
        if fragment is None:
            return Extent(), FREE
        if name in self._open:
            raise ExposedError(
                f"The fragment {name} contains itself.", "GRAPHQL_VALIDATION_FAILED", [node]
            )
        self._open.add(name)
        target = self._schema.get_type(fragment.type_condition.name.value)
        extent, cost = self._survey(fragment.selection_set, target)
        directives = self._count_directives(fragment.directives or ())
        extent = replace(extent, directives=extent.directives + directives)
        self._open.discard(name)
        self._surveyed[name] = (extent, cost)
        return extent, cost

    def _count_directives(self, directives: Sequence[DirectiveNode]) -> int:
        for directive in directives:
            if self._schema.get_directive(directive.name.value) is None:
                # One error, however many there are.
                raise ExposedError(
                    f"There is no directive @{directive.name.value}.",
                    "GRAPHQL_VALIDATION_FAILED",
                    [directive],
                )
        return len(directives)

    def _refuse_repeats(self, selection_set: SelectionSetNode) -> None:
        names = Counter(_response_name(node) for node in selection_set.selections)
        del names[""]
        name, uses = max(names.items(), key=lambda item: item[1], default=("", 0))
        if uses > self._limits.repeats:
            raise _too_much(f"uses of {name} side by side", uses, self._limits.repeats)
