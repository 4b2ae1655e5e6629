"""The executor: resolves and completes all objects of a level before it goes to the next one."""

import asyncio
from collections.abc import Iterable
from typing import Any

from graphql import ExecutionResult, GraphQLObjectType, OperationType
from graphql.execution import get_argument_values
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from graph.execution.completion import Completion, Waiting, make_place
from graph.execution.groups import Group
from graph.execution.plan import Core, FieldPlan, SelectionPlan
from graph.execution.positions import Position
from graph.execution.reading import PagesTask, Reading, RelationTask
from graph.support.lists import PagedField


async def execute_plan(core: Core, plan: SelectionPlan) -> ExecutionResult:
    """Run one operation, or one event of a subscription, with the result of graphql-core.

    Errors stand in the order of levels; where several fields fail below one that becomes null,
    the first in the document is told.
    """
    run = Run(core)
    holder: dict[str, Any] = {"data": {}}
    root = Position(None, holder, "data", None, nullable=True)
    if core.operation.operation is OperationType.MUTATION:
        for one in plan.fields:
            if not root.is_dead:
                await run.descend(plan.kind, [one], holder, root)
    else:
        await run.descend(plan.kind, plan.fields, holder, root)
    return ExecutionResult(holder["data"], run.completion.problems.errors or None)


PLAIN = frozenset({"first", "after", "last", "before"})
"""Arguments of lists that are what Python has too."""


class Run:
    """One execution."""

    def __init__(self, core: Core) -> None:
        assert core.context_value is not None
        self.core = core
        self.completion = Completion(core)
        self._reading = Reading(core.context_value, self.completion)

    async def descend(
        self,
        kind: GraphQLObjectType,
        fields: Iterable[FieldPlan],
        holder: dict[str, Any],
        root: Position,
    ) -> None:
        """Fill the root with these fields, level by level."""
        completion = self.completion
        first = Group(SelectionPlan.of(kind, list(fields)))
        first.add(self.core.root_value, holder["data"], root)
        groups = [first]
        while groups:
            for group in groups:
                for plan in group.selection.fields:
                    self._start(plan, group)
            while completion.waiting:
                await self._settle()
            await self._reading.read()
            groups, completion.coming = list(completion.coming.values()), {}

    def _start(self, plan: FieldPlan, group: Group) -> None:
        if plan.constant is not None:
            for out in group.outs:
                out[plan.key] = plan.constant
        elif plan.column is not None:
            values = group.read(plan.column.name)
            self.completion.show(plan, group, values, plan.column.convert)
        elif plan.compute is not None:
            self.completion.show(plan, group, group.rows, plan.compute)
        elif plan.getter is not None:
            self.completion.show(plan, group, list(map(plan.getter, group.instances)), None)
        elif plan.relation is not None:
            reserve(plan, group)
            self._reading.relations.append(RelationTask(plan, plan.relation, group))
        elif plan.paged is not None:
            self._read_pages(plan, plan.paged, group)
        else:
            self._resolve(plan, group)

    def _read_pages(self, plan: FieldPlan, paged: PagedField, group: Group) -> None:
        try:
            arguments = convert(self.core, paged, self._read_arguments(plan))
        except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
            self.completion.refuse(plan, group, error)
            return
        reserve(plan, group)
        self._reading.pages.append(PagesTask(plan, paged, arguments, group))

    def _resolve(self, plan: FieldPlan, group: Group) -> None:
        core, completion = self.core, self.completion
        resolve = plan.definition.resolve or core.field_resolver
        try:
            arguments = self._read_arguments(plan)
        except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
            completion.refuse(plan, group, error)
            return
        for source, out, parent in zip(group.instances, group.outs, group.positions, strict=True):
            out[plan.key] = None
            position = make_place(plan, out, parent)
            if parent.is_gone:
                continue
            try:
                value = resolve(source, completion.inform(plan, position), **arguments)
            except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
                completion.problems.add(error, plan.nodes, position)
                continue
            if core.is_awaitable(value):
                completion.waiting.append(Waiting(plan, plan.shape, position, value))
            else:
                completion.put(plan, plan.shape, value, position)

    async def _settle(self) -> None:
        """Wait for all values of this level at once, so that loaders see all their keys."""
        completion = self.completion
        waiting, completion.waiting = completion.waiting, []
        values = await asyncio.gather(*(one.value for one in waiting), return_exceptions=True)
        for one, value in zip(waiting, values, strict=True):
            if isinstance(value, BaseException) and not isinstance(value, Exception):
                raise value
            completion.put(one.plan, one.shape, value, one.position)

    def _read_arguments(self, plan: FieldPlan) -> dict[str, Any]:
        first = plan.details[0]
        if not plan.definition.args and not first.node.arguments:
            return {}
        return get_argument_values(
            plan.definition,
            first.node,
            self.core.variable_values,
            first.fragment_variable_values,
            self.core.hide_suggestions,
        )


def reserve(plan: FieldPlan, group: Group) -> None:
    """Keep a field's place in the order of the answer."""
    for out in group.outs:
        out[plan.key] = None


def convert(core: Core, field: StrawberryField, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments as resolvers get them: inputs as objects, by the names that Python has for them."""
    if arguments.keys() <= PLAIN:
        return arguments
    schema = core.schema._strawberry_schema  # type: ignore[attr-defined]
    registry = schema.schema_converter.scalar_registry
    return convert_arguments(arguments, field.arguments, registry, schema.config)
