"""Rows that are only shown: pages and relations, read with the columns that are asked for."""

import contextlib
from collections.abc import Iterable
from typing import Any

from domain.shared.reads import Reader
from graph.execution.completion import Completion, make_place
from graph.execution.connections import EDGES, PAGE_INFO, Opened, find_wanted
from graph.execution.groups import Group
from graph.execution.plan import FieldPlan, find_object
from graph.execution.positions import Position
from graph.support.context import Context
from graph.support.rows import Relation


class Reading:
    """A read transaction, opened when the first statement needs it, and what it is to read."""

    def __init__(self, context: Context, completion: Completion) -> None:
        self.pages: list[Group] = []
        self.relations: list[tuple[FieldPlan, Relation, Group]] = []
        self._context = context
        self._completion = completion
        self._opened = contextlib.AsyncExitStack()
        self._reader: Reader | None = None

    async def read(self) -> None:
        """Read what is asked for, each relation for all its rows at once."""
        pages, self.pages = self.pages, []
        relations, self.relations = self.relations, []
        for group in pages:
            await self._turn(group)
        for plan, relation, group in relations:
            try:
                await self._follow(plan, relation, group)
            except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
                self._completion.refuse(plan, group, error)

    async def close(self) -> None:
        """End the transaction, if there is one; the next statement opens another."""
        self._reader = None
        await self._opened.aclose()

    async def _open(self) -> Reader:
        if self._reader is None:
            self._reader = await self._opened.enter_async_context(self._context.reader())
        return self._reader

    async def _follow(self, plan: FieldPlan, relation: Relation, group: Group) -> None:
        actor = await self._context.actor()
        if relation.permission is not None:
            actor.require(relation.permission)
        keys = group.read(relation.by)
        columns = plan.select(self._completion.core, find_object(plan.shape)).columns
        wanted = {key for key in keys if key is not None}
        found = await relation.batch.read(await self._open(), actor.workspace_id, wanted, columns)
        self._hang(plan, group, map(found.get, keys))

    async def _turn(self, group: Group) -> None:
        completion = self._completion
        columns = find_wanted(completion.core, group.selection)
        shown = [one for one in group.selection.fields if one.python_name in (EDGES, PAGE_INFO)]
        for source, out, parent in zip(group.sources, group.outs, group.positions, strict=True):
            try:
                query = source.source.query
                opened = Opened(query, await query.read(await self._open(), columns))
            except Exception as error:  # noqa: BLE001 - the edge: placed in the answer
                for plan in shown:
                    completion.problems.add(error, plan.nodes, make_place(plan, out, parent))
                continue
            for plan in shown:
                place = make_place(plan, out, parent)
                if plan.python_name == EDGES:
                    self._hang_edges(plan, place, opened)
                else:
                    completion.put(plan, plan.shape, opened.info, place)

    def _hang(self, plan: FieldPlan, group: Group, found: Iterable[Any]) -> None:
        """Put records below the rows that lead to them."""
        below = self._completion.below(plan)
        item = plan.shape.item
        for records, out, parent in zip(found, group.outs, group.positions, strict=True):
            place = make_place(plan, out, parent)
            if item is not None:
                items: list[Any] = [{} for _ in records or ()]
                place.fill(items)
                below.sources += records or ()
                below.outs += items
                below.positions += [
                    Position(place, items, index, None, item.nullable)
                    for index in range(len(items))
                ]
            elif records is None:
                self._completion.put(plan, plan.shape, None, place)
            else:
                inner: dict[str, Any] = {}
                place.fill(inner)
                below.add(records, inner, place)

    def _hang_edges(self, plan: FieldPlan, place: Position, opened: Opened) -> None:
        """Put the edges of a page, and the records of its nodes below them."""
        fields = plan.select(self._completion.core, find_object(plan.shape)).fields
        items: list[Any] = [{} for _ in opened.page.rows]
        place.fill(items)
        around = [
            Position(place, items, index, None, nullable=False) for index in range(len(items))
        ]
        for below in fields:
            if below.constant is not None:
                for edge in items:
                    edge[below.key] = below.constant
            elif below.python_name == "node":
                group = self._completion.below(below)
                for record, edge, parent in zip(opened.page.rows, items, around, strict=True):
                    shown: dict[str, Any] = {}
                    edge[below.key] = shown
                    group.add(record, shown, make_place(below, edge, parent))
            else:
                for edge, cursor in zip(items, opened.cursors, strict=True):
                    edge[below.key] = cursor
