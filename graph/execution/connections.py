"""Pages of lists: read when it is known which columns the nodes are asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from domain.shared.listing import PageQuery
from domain.shared.paging import Page
from domain.shared.reads import Record
from graph.execution.plan import Core, FieldPlan, SelectionPlan, find_object
from graph.support.paging import Connection, Listing, PageInfo, describe_page, encode_cursor

EDGES, PAGE_INFO = "edges", "page_info"


def is_listing(source: object) -> bool:
    """Whether a connection has not read its page yet."""
    return isinstance(source, Connection) and isinstance(source.source, Listing)


def find_wanted(core: Core, selection: SelectionPlan) -> frozenset[str] | None:
    """The columns that all the edges of a connection ask for; None for all."""
    wanted: frozenset[str] = frozenset()
    for node in find_nodes(core, selection):
        below = node.select(core, find_object(node.shape)).columns
        if below is None:
            return None
        wanted |= below
    return wanted


def find_nodes(core: Core, selection: SelectionPlan) -> Iterable[FieldPlan]:
    """The fields that lead to the nodes of edges."""
    for one in selection.fields:
        if one.python_name == EDGES:
            for below in one.select(core, find_object(one.shape)).fields:
                if below.python_name == "node":
                    yield below


@dataclass(frozen=True)
class Opened:
    """A page of records."""

    query: PageQuery[Record]
    page: Page[Record]

    @cached_property
    def cursors(self) -> list[str]:
        """The places of the records in the list."""
        return [encode_cursor(self.query.key_of(row)) for row in self.page.rows]

    @property
    def info(self) -> PageInfo:
        """Where the page lies."""
        return describe_page(self.page, self.cursors)
