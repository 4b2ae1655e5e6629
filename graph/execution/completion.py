"""Values become parts of the answer, and objects wait for the next level; errors find their place."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    Undefined,
    is_abstract_type,
)
from graphql.execution.executor import invalid_return_type_error
from graphql.pyutils import is_iterable

from graph.execution.groups import Group
from graph.execution.plan import Core, FieldPlan, Shape, find_object
from graph.execution.positions import Position, Problems
from graph.support.context import Context
from graph.support.rows import Convert


@dataclass(slots=True)
class Waiting:
    """A value that is not there yet, and where it will stand."""

    plan: FieldPlan
    shape: Shape
    position: Position
    value: Awaitable[object]


class Completion:
    """What one execution has put into the answer, and what it still has to do.

    Attributes:
        problems: What has failed.
        waiting: Values of this level that are not there yet.
        coming: The objects of the next level.
    """

    def __init__(self, core: Core) -> None:
        self.core = core
        self.problems = Problems()
        self.waiting: list[Waiting] = []
        self.coming: dict[tuple[int, GraphQLObjectType, bool], Group] = {}

    def show(
        self, plan: FieldPlan, group: Group, values: Sequence[Any], convert: Convert | None
    ) -> None:
        """Put what is there already: a whole column, or one by one where one of them is odd."""
        key, shown = plan.key, plan.shape.write_all(values, convert)
        if shown is not None:
            for out, one in zip(group.outs, shown, strict=True):
                out[key] = one
            return
        for value, out, parent in zip(values, group.outs, group.positions, strict=True):
            out[key] = None
            place = make_place(plan, out, parent)
            try:
                one = value if convert is None or value is None else convert(value)
            except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
                self.problems.add(error, plan.nodes, place)
            else:
                self.put(plan, plan.shape, one, place)

    def put(self, plan: FieldPlan, shape: Shape, value: object, position: Position) -> None:
        """Complete a value where it stands."""
        try:
            if isinstance(value, Exception):
                raise value
            if value is None or value is Undefined:
                if not shape.nullable:
                    raise refuse_null(plan)
            elif shape.item is not None:
                self._put_list(plan, shape.item, value, position)
            elif shape.coerce is not None:
                position.fill(shape.coerce(value))
            else:
                self._put_object(plan, shape, value, position)
        except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
            self.problems.add(error, plan.nodes, position)

    def refuse(self, plan: FieldPlan, group: Group, error: Exception) -> None:
        """A field failed for all objects of a group."""
        for out, parent in zip(group.outs, group.positions, strict=True):
            out[plan.key] = None
            self.problems.add(error, plan.nodes, make_place(plan, out, parent))

    def below(self, plan: FieldPlan) -> Group:
        """The records that a field leads to."""
        return self._find_group(plan, find_object(plan.shape), is_bare=True)

    def inform(self, plan: FieldPlan, position: Position) -> GraphQLResolveInfo[Context]:
        """What resolvers are told."""
        path = position.path
        assert path is not None
        return self.core.build_resolve_info(plan.definition, plan.nodes, plan.parent, path)

    def _put_list(self, plan: FieldPlan, inner: Shape, value: Any, position: Position) -> None:
        if not is_iterable(value):
            field = f"{plan.parent}.{plan.name}"
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{field}'.")
        given = list(value)
        items: list[Any] = [None] * len(given)
        position.fill(items)
        is_awaitable = self.core.is_awaitable
        for index, item in enumerate(given):
            place = Position(position, items, index, None, inner.nullable)
            if is_awaitable(item):
                self.waiting.append(Waiting(plan, inner, place, item))
            else:
                self.put(plan, inner, item, place)

    def _put_object(self, plan: FieldPlan, shape: Shape, value: object, position: Position) -> None:
        named = shape.named
        if is_abstract_type(named):
            kind = self._find_type(plan, named, value, position)
        else:
            assert isinstance(named, GraphQLObjectType)
            kind = named
        if kind.is_type_of is not None and not kind.is_type_of(value, self.inform(plan, position)):
            raise invalid_return_type_error(kind, value, plan.details)
        out: dict[str, Any] = {}
        position.fill(out)
        self._find_group(plan, kind, is_bare=False).add(value, out, position)

    def _find_type(
        self, plan: FieldPlan, named: GraphQLAbstractType, value: object, position: Position
    ) -> GraphQLObjectType:
        core, info = self.core, self.inform(plan, position)
        found = (named.resolve_type or core.type_resolver)(value, info, named)
        return core.ensure_valid_runtime_type(found, named, plan.details, info, value)

    def _find_group(self, plan: FieldPlan, kind: GraphQLObjectType, *, is_bare: bool) -> Group:
        key = (id(plan), kind, is_bare)
        group = self.coming.get(key)
        if group is None:
            group = self.coming[key] = Group(plan.select(self.core, kind), is_bare=is_bare)
        return group


def make_place(plan: FieldPlan, out: dict[str, Any], parent: Position) -> Position:
    """Where a field of an object stands."""
    return Position(parent, out, plan.key, plan.parent.name, plan.shape.nullable)


def refuse_null(plan: FieldPlan) -> TypeError:
    """What graphql-core says about a null that may not be."""
    return TypeError(f"Cannot return null for non-nullable field {plan.parent}.{plan.name}.")
