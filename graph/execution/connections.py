"""Lists page by page: what their fields ask for, and what the answer shows of a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.shared.paging import Column, Page
from domain.shared.reads import Record
from graph.execution.plan import Core, FieldPlan, find_object
from graph.support.paging import PageInfo, describe_page, encode_cursor

EDGES, PAGE_INFO, TOTAL_COUNT, NODE = "edges", "page_info", "total_count", "node"


@dataclass(slots=True)
class ConnectionPlan:
    """What is asked of a connection.

    Attributes:
        fields: In the order of the answer.
        wanted: The columns that all edges ask for; None for all.
    """

    fields: Sequence[FieldPlan]
    wanted: frozenset[str] | None
    turns: bool
    counts: bool

    @classmethod
    def of(cls, core: Core, plan: FieldPlan) -> "ConnectionPlan":
        """Look below a field."""
        fields = plan.select(core, find_object(plan.shape)).fields
        names = {one.python_name for one in fields}
        return cls(
            fields,
            find_wanted(core, fields),
            turns=bool(names & {EDGES, PAGE_INFO}),
            counts=TOTAL_COUNT in names,
        )


def find_wanted(core: Core, fields: Iterable[FieldPlan]) -> frozenset[str] | None:
    """The columns that all the edges of a connection ask for; None for all."""
    wanted: frozenset[str] = frozenset()
    for one in fields:
        for node in find_nodes(core, one) if one.python_name == EDGES else ():
            below = node.select(core, find_object(node.shape)).columns
            if below is None:
                return None
            wanted |= below
    return wanted


def find_nodes(core: Core, edges: FieldPlan) -> Sequence[FieldPlan]:
    """The fields that lead to the nodes of edges."""
    fields = edges.select(core, find_object(edges.shape)).fields
    return [below for below in fields if below.python_name == NODE]


@dataclass(frozen=True, slots=True)
class Opened:
    """A page of records, and what they are sorted by."""

    page: Page[Record]
    columns: Sequence[Column]

    def cursors(self) -> list[str]:
        """The places of the records in the list."""
        return [self._find_place(row) for row in self.page.rows]

    def info(self) -> PageInfo:
        """Where the page lies."""
        rows = self.page.rows
        ends = (self._find_place(rows[0]), self._find_place(rows[-1])) if rows else None
        return describe_page(self.page, ends)

    def _find_place(self, row: Record) -> str:
        return encode_cursor(tuple(row[column.key] for column in self.columns))
