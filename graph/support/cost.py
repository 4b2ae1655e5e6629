"""What an operation costs, estimated before it runs from the lists it asks for.

Every object costs one, leaf values cost nothing beyond their object, and whatever stands below a
list counts as often as the list is long. Structure that a connection adds (edges, page info) is
free. A field may state its own weight: `strawberry.field(metadata={"cost": 25})`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    IntValueNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from graph.support.paging import DEFAULT_PAGE, MAX_PAGE

SCHEMA_WEIGHT = 100
"""`__schema` walks all types; it takes about as long as a hundred objects."""

_STRAWBERRY_FIELD = "strawberry-definition"
_PAGE_ARGUMENTS = ("first", "last")


@dataclass(frozen=True, slots=True)
class VariableSize:
    """The length of a list that a variable decides."""

    name: str

    def resolve(self, variables: Mapping[str, object]) -> int:
        """The length with these variables; without a usable value, the default page."""
        return clamp_size(variables.get(self.name))


@dataclass(frozen=True, slots=True)
class LongerOf:
    """`first` and `last` both given: an error later, priced as the larger until then."""

    sizes: tuple[int | VariableSize, ...]

    def resolve(self, variables: Mapping[str, object]) -> int:
        """The larger length."""
        return max(
            size if isinstance(size, int) else size.resolve(variables) for size in self.sizes
        )


Size = int | VariableSize | LongerOf


@dataclass(frozen=True, slots=True)
class Part:
    """What stands below a field, as often as `size` says."""

    size: Size
    cost: "Cost"


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """A fixed amount and parts that variables multiply; fragments share their parts."""

    fixed: int
    parts: tuple[Part, ...] = ()

    @classmethod
    def sum(cls, costs: Iterable["Cost"]) -> "Cost":
        """Add costs up; those with variables are referred to, never copied."""
        fixed, parts = 0, []
        for cost in costs:
            if cost.parts:
                parts.append(Part(1, cost))
            else:
                fixed += cost.fixed
        return cls(fixed, tuple(parts))

    def folded(self) -> "Cost":
        """The same cost with every part that no variable touches added to the fixed amount."""
        fixed, parts = self.fixed, []
        for part in self.parts:
            if isinstance(part.size, int) and not part.cost.parts:
                fixed += part.size * part.cost.fixed
            elif part.cost.parts or part.cost.fixed:
                parts.append(part)
        return Cost(fixed, tuple(parts))

    def evaluate(self, variables: Mapping[str, object]) -> int:
        """The amount with these variables; at least one."""
        return max(1, self._evaluate(variables, {}))

    def _evaluate(self, variables: Mapping[str, object], known: dict[int, int]) -> int:
        if id(self) not in known:
            amount = self.fixed
            for part in self.parts:
                size = part.size if isinstance(part.size, int) else part.size.resolve(variables)
                amount += size * part.cost._evaluate(variables, known)
            known[id(self)] = amount
        return known[id(self)]


FREE = Cost(0)


@dataclass(frozen=True, slots=True)
class PricedField:
    """A field's type without its wrappers, and its prices.

    `own` counts once, `each` as often as `size` says, together with what stands below.
    """

    type: GraphQLNamedType | None
    own: int = 0
    each: int = 0
    size: Size = 1

    def total(self, below: Cost) -> Cost:
        """The cost of the field with its selection."""
        item = Cost(self.each, (Part(1, below),)).folded()
        return Cost(self.own, (Part(self.size, item),)).folded()


def price_field(
    node: FieldNode, definition: GraphQLField, parent: GraphQLNamedType, list_size: int
) -> PricedField:
    """Estimate one field.

    Args:
        node: The field with its arguments.
        definition: The field in the schema.
        parent: The type it is selected on.
        list_size: How long a list is taken to be that has no page arguments.
    """
    named = get_named_type(definition.type)
    if parent.name.startswith("__"):
        return PricedField(named)
    if node.name.value == "__schema":
        return PricedField(named, own=SCHEMA_WEIGHT)
    stated = read_stated_cost(definition)
    weight = int(is_composite_type(named) and not is_structure(named))
    if any(name in definition.args for name in _PAGE_ARGUMENTS):
        own = weight if stated is None else stated
        return PricedField(named, own=own, size=_page_size(node, definition))
    # The edges of a connection were multiplied by its page already.
    is_plain_list = is_list(definition) and not parent.name.endswith("Connection")
    size = list_size if is_plain_list else 1
    if stated is not None:
        return PricedField(named, own=stated, size=size)
    return PricedField(named, each=weight, size=size)


def read_stated_cost(definition: GraphQLField) -> int | None:
    """What the field's metadata say it costs."""
    strawberry_field = (definition.extensions or {}).get(_STRAWBERRY_FIELD)
    metadata = cast("Mapping[object, object]", getattr(strawberry_field, "metadata", {}))
    stated = metadata.get("cost")
    return stated if isinstance(stated, int) else None


def is_structure(named: GraphQLNamedType) -> bool:
    """Whether a type is there for paging only."""
    return named.name == "PageInfo" or named.name.endswith("Edge")


def is_list(definition: GraphQLField) -> bool:
    """Whether the field answers a list."""
    kind = definition.type
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)


def _page_size(node: FieldNode, definition: GraphQLField) -> Size:
    given = tuple(
        _read_size(argument.value)
        for argument in node.arguments or ()
        if argument.name.value in _PAGE_ARGUMENTS
    )
    if not given:
        return max(_default_size(definition, name) for name in _PAGE_ARGUMENTS)
    return given[0] if len(given) == 1 else LongerOf(given)


def _default_size(definition: GraphQLField, name: str) -> int:
    argument = definition.args.get(name)
    if argument is None:
        return 1
    value = coerce_default_value(argument)
    return clamp_size(value)


def _read_size(value: ValueNode) -> int | VariableSize:
    if isinstance(value, VariableNode):
        return VariableSize(value.name.value)
    if isinstance(value, IntValueNode):
        return clamp_size(int(value.value) if len(value.value) <= 10 else MAX_PAGE)
    return DEFAULT_PAGE


def clamp_size(value: object) -> int:
    """A page size as it can at most take effect; paging itself refuses what is out of range."""
    if isinstance(value, bool) or not isinstance(value, int):
        return DEFAULT_PAGE
    return min(max(value, 1), MAX_PAGE)
