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
    """A field's type without its wrappers, its own weight, and how often what it holds comes."""

    type: GraphQLNamedType | None
    weight: int
    size: Size


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
        return PricedField(named, 0, 1)
    return PricedField(
        named, weigh_field(node, definition, named), _size_of(node, definition, parent, list_size)
    )


def weigh_field(node: FieldNode, definition: GraphQLField, named: GraphQLNamedType) -> int:
    """The field's own weight: stated, or one for an object that is not mere structure."""
    if node.name.value == "__schema":
        return SCHEMA_WEIGHT
    strawberry_field = (definition.extensions or {}).get(_STRAWBERRY_FIELD)
    metadata = cast("Mapping[object, object]", getattr(strawberry_field, "metadata", {}))
    stated = metadata.get("cost")
    if isinstance(stated, int):
        return stated
    is_structure = named.name == "PageInfo" or named.name.endswith("Edge")
    return int(is_composite_type(named) and not is_structure)


def _size_of(
    node: FieldNode, definition: GraphQLField, parent: GraphQLNamedType, list_size: int
) -> Size:
    if any(name in definition.args for name in _PAGE_ARGUMENTS):
        given = tuple(
            _read_size(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in _PAGE_ARGUMENTS
        )
        if not given:
            defaults = [
                definition.args[name] for name in _PAGE_ARGUMENTS if name in definition.args
            ]
            return max(clamp_size(argument.default_value) for argument in defaults)
        return given[0] if len(given) == 1 else LongerOf(given)
    if not is_list(definition):
        return 1
    # The connection itself was already multiplied by its page.
    return 1 if parent.name.endswith("Connection") else list_size


def is_list(definition: GraphQLField) -> bool:
    """Whether the field answers a list."""
    kind = definition.type
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)


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
