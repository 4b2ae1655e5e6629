"""What an operation asks of each type: fields in order, with all that does not depend on rows.

A plan belongs to one document, one operation and one answer of its `@skip` and `@include`; it is
made once and kept with the document. Selections of a field are planned when a first object of their
type appears, so that interfaces need no plan of every implementation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedOutputType,
    GraphQLObjectType,
    GraphQLOutputType,
    TypeNameMetaFieldDef,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution import Executor as CoreExecutor
from graphql.execution.collect_fields import FieldDetails, collect_fields, collect_subfields
from strawberry.types.field import StrawberryField

from graph.execution.leaves import (
    Coerce,
    CoerceColumn,
    coerce_column,
    coerce_lists,
    coerce_one,
    write_few,
)
from graph.support.context import Context
from graph.support.ids import IdEncoder
from graph.support.lists import PagedField
from graph.support.rows import (
    Column,
    ColumnField,
    ComputedField,
    Convert,
    Relation,
    RelationField,
    used_columns,
)

Core = CoreExecutor[Context]
Getter = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Shape:
    """A type without its wrappers: `[T!]!` is a list that may not be null of items that may not.

    Attributes:
        nullable: Whether null may stand here.
        item: The shape of the items, for a list.
        named: The type inside; None for a list.
        coerce: Turns a leaf's value into what the answer holds; None where a selection follows.
        coerce_all: The same for many values at once, lists of leaves too.
    """

    nullable: bool
    item: "Shape | None" = None
    named: GraphQLNamedOutputType | None = None
    coerce: Coerce | None = None
    coerce_all: CoerceColumn | None = None

    @classmethod
    def of(cls, output: GraphQLOutputType) -> "Shape":
        """Take a type apart."""
        nullable = not is_non_null_type(output)
        inner: Any = output if nullable else output.of_type  # type: ignore[union-attr]
        if is_list_type(inner):
            assert isinstance(inner, GraphQLList)
            item = cls.of(inner.of_type)
            many = item.coerce_all and coerce_lists(item.coerce_all, nullable=nullable)
            return cls(nullable, item=item, coerce_all=many)
        if is_leaf_type(inner):
            return cls(
                nullable,
                named=inner,
                coerce=coerce_one(inner),
                coerce_all=coerce_column(inner, nullable=nullable),
            )
        return cls(nullable, named=inner)

    def write_all(self, values: Sequence[Any], convert: Convert | None) -> Sequence[object] | None:
        """What leaves look like; None for objects, and where one of them has to be looked at alone.

        Args:
            values: As they are stored.
            convert: What makes them what is shown.
        """
        if self.coerce_all is None:
            return None
        try:
            if convert is not None and is_enum_type(self.named):
                return write_few(values, convert, self.coerce_all)
            shown = values if convert is None else convert_all(convert, values)
        except Exception:  # noqa: BLE001 - whoever is asked next places it
            return None
        return self.coerce_all(shown)


@dataclass(slots=True)
class FieldPlan:
    """One field of a selection.

    Exactly one of `constant`, `column`, `compute`, `relation`, `paged` and `getter` says where its
    values come from; none of them, that a resolver is asked for each object.

    Attributes:
        key: Its name in the answer.
        constant: The value of `__typename`.
        column: Which column of the row it shows.
        compute: Makes it of several columns of the row.
        relation: How it is loaded for many rows at once.
        paged: How the pages of a list are, and what is asked of them.
        getter: Reads it off its object.
        uses: The columns of the row that it needs; None for all.
    """

    key: str
    definition: GraphQLField
    details: list[FieldDetails]
    parent: GraphQLObjectType
    shape: Shape
    python_name: str = ""
    constant: str | None = None
    column: Column | None = None
    compute: Convert | None = None
    relation: Relation | None = None
    paged: PagedField | None = None
    getter: Getter | None = None
    uses: frozenset[str] | None = frozenset()
    _selections: dict[GraphQLObjectType, "SelectionPlan"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the schema."""
        return self.details[0].node.name.value

    @property
    def nodes(self) -> list[FieldNode]:
        """Where it stands in the document."""
        return [one.node for one in self.details]

    def select(self, core: Core, kind: GraphQLObjectType) -> "SelectionPlan":
        """What is asked of the objects of one type below this field."""
        found = self._selections.get(kind)
        if found is None:
            collected = collect_subfields(
                core.schema,
                core.fragments,
                core.variable_values,
                core.operation,
                kind,
                self.details,
                core.hide_suggestions,
            )
            found = self._selections[kind] = plan_fields(core, kind, collected.grouped_field_set)
        return found


@dataclass(frozen=True, slots=True)
class SelectionPlan:
    """The fields asked of one type, in the order of the answer.

    Attributes:
        columns: Those of the row that the fields need; None where one runs code of its own, which
            may need any.
    """

    kind: GraphQLObjectType
    fields: Sequence[FieldPlan]
    columns: frozenset[str] | None

    @classmethod
    def of(cls, kind: GraphQLObjectType, fields: Sequence[FieldPlan]) -> "SelectionPlan":
        """Find the columns."""
        columns: set[str] = set()
        for one in fields:
            if one.uses is None:
                return cls(kind, fields, None)
            columns |= one.uses
        return cls(kind, fields, frozenset(columns))


def plan_operation(core: Core) -> SelectionPlan:
    """Plan the root fields; everything below is planned when it is reached."""
    root = core.schema.get_root_type(core.operation.operation)
    assert root is not None
    collected = collect_fields(
        core.schema,
        core.fragments,
        core.variable_values,
        root,
        core.operation,
        core.hide_suggestions,
    )
    return plan_fields(core, root, collected.grouped_field_set)


def plan_fields(
    core: Core, kind: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]
) -> SelectionPlan:
    """Plan the fields of one type."""
    planned = []
    for key, details in grouped.items():
        definition = core.schema.get_field(kind, details[0].node.name.value)
        if definition is not None:
            planned.append(plan_field(key, definition, details, kind))
    return SelectionPlan.of(kind, planned)


def plan_field(
    key: str, definition: GraphQLField, details: list[FieldDetails], parent: GraphQLObjectType
) -> FieldPlan:
    """Decide how a field gets its values."""
    shape = Shape.of(definition.type)
    plan = FieldPlan(key, definition, details, parent, shape)
    if definition is TypeNameMetaFieldDef:
        plan.constant = parent.name
        return plan
    declared = definition.extensions.get("strawberry-definition")
    if isinstance(declared, StrawberryField):
        plan.python_name = declared.python_name
    if isinstance(declared, ColumnField):
        plan.column = declared.column
        plan.uses = frozenset({plan.column.name})
    elif isinstance(declared, ComputedField):
        plan.compute = declared.function
        plan.uses = used_columns(declared)
    elif isinstance(declared, RelationField):
        plan.relation = declared.relation
        plan.uses = frozenset({plan.relation.by})
    elif isinstance(declared, PagedField):
        plan.paged = declared
        plan.uses = used_columns(declared)
    elif isinstance(declared, StrawberryField):
        plan.uses = used_columns(declared)
        if declared.is_basic_field:
            plan.getter = attrgetter(declared.python_name)
    return plan


def find_object(shape: Shape) -> GraphQLObjectType:
    """The type of the objects in a shape."""
    while shape.item is not None:
        shape = shape.item
    assert isinstance(shape.named, GraphQLObjectType)
    return shape.named


def convert_all(convert: Convert, values: Sequence[Any]) -> Sequence[object]:
    """What is shown of a column of stored values."""
    if isinstance(convert, IdEncoder) and None not in values:
        return convert.encode_all(values)
    return [None if value is None else convert(value) for value in values]
