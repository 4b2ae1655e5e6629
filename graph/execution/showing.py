"""What was read for many rows becomes part of the answer: rows below rows, and pages of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graph.execution.completion import Completion, make_place
from graph.execution.connections import (
    EDGES,
    NODE,
    PAGE_INFO,
    TOTAL_COUNT,
    ConnectionPlan,
    Opened,
)
from graph.execution.groups import Group
from graph.execution.plan import FieldPlan, find_object
from graph.execution.positions import Position
from graph.support.rows import Relation


@dataclass(frozen=True, slots=True)
class PagesFound:
    """What was read of the lists of a group.

    Attributes:
        counts: How long they are, or why nobody knows; None where nobody asked.
    """

    asked: ConnectionPlan
    pages: Sequence[Opened] | None
    counts: Sequence[int] | Exception | None


class Showing:
    """Puts rows into the answer."""

    def __init__(self, completion: Completion) -> None:
        self._completion = completion

    def show_relation(
        self, plan: FieldPlan, relation: Relation, group: Group, found: Sequence[Any]
    ) -> None:
        """Put what was found below the rows that lead to it."""
        completion = self._completion
        if relation.show is not None:
            completion.show(plan, group, found, relation.show)
            return
        below, item = completion.below(plan), plan.shape.item
        for rows, out, parent in zip(found, group.outs, group.positions, strict=True):
            place = make_place(plan, out, parent)
            if item is not None:
                items: list[Any] = [{} for _ in rows or ()]
                place.fill(items)
                below.add_all(rows or (), items, partial(number, place, items, item.nullable))
            elif rows is None:
                completion.put(plan, plan.shape, None, place)
            else:
                inner: dict[str, Any] = {}
                place.fill(inner)
                below.add(rows, inner, place)

    def show_pages(self, plan: FieldPlan, group: Group, found: PagesFound) -> None:
        """Put the pages of lists below the rows they belong to."""
        for index, (out, parent) in enumerate(zip(group.outs, group.positions, strict=True)):
            place = make_place(plan, out, parent)
            shown: dict[str, Any] = {}
            place.fill(shown)
            for one in found.asked.fields:
                if one.constant is not None:
                    shown[one.key] = one.constant
                elif one.python_name == TOTAL_COUNT:
                    self._show_count(one, make_place(one, shown, place), found.counts, index)
                elif found.pages is not None:
                    opened = found.pages[index]
                    if one.python_name == EDGES:
                        self._show_edges(one, make_place(one, shown, place), opened)
                    elif one.python_name == PAGE_INFO:
                        shown[one.key] = self._show_info(one, opened)

    def _show_count(
        self,
        plan: FieldPlan,
        place: Position,
        counts: Sequence[int] | Exception | None,
        index: int,
    ) -> None:
        value = counts if isinstance(counts, Exception) or counts is None else counts[index]
        self._completion.put(plan, plan.shape, value, place)

    def _show_info(self, plan: FieldPlan, opened: Opened) -> dict[str, Any]:
        info = opened.info()
        fields = plan.select(self._completion.core, find_object(plan.shape)).fields
        return {
            one.key: one.constant if one.constant is not None else getattr(info, one.python_name)
            for one in fields
        }

    def _show_edges(self, plan: FieldPlan, place: Position, opened: Opened) -> None:
        """Put the edges of a page, and the records of its nodes below them."""
        rows = opened.page.rows
        items: list[Any] = [{} for _ in rows]
        place.fill(items)
        for below in plan.select(self._completion.core, find_object(plan.shape)).fields:
            if below.constant is not None:
                values: Iterable[Any] = [below.constant] * len(items)
            elif below.python_name == NODE:
                nodes: list[dict[str, Any]] = [{} for _ in rows]
                group = self._completion.below(below)
                group.add_all(rows, nodes, partial(number_nodes, below, place, items))
                values = nodes
            else:
                values = opened.cursors()
            for edge, value in zip(items, values, strict=True):
                edge[below.key] = value


def number(place: Position, items: list[Any], nullable: bool) -> list[Position]:
    """The places of the items of a list."""
    return [Position(place, items, index, None, nullable) for index in range(len(items))]


def number_nodes(plan: FieldPlan, place: Position, edges: list[Any]) -> list[Position]:
    """The places of the nodes of edges."""
    return [
        make_place(plan, edge, around)
        for edge, around in zip(edges, number(place, edges, False), strict=True)
    ]
