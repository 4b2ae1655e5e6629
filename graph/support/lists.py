"""Fields that are lists, page by page: those of a workspace at the root, and those of a row.

    missions: Connection[Mission] = listed(
        repository.MISSIONS, MissionFilterInput, MissionOrderInput, permission=READ, ...
    )
    children: Connection["Execution"] = connected(repository.page_children, ...)

The executor reads the pages of all rows with one statement, and no columns but those that are asked
for. Whoever runs such a field on its own gets whole rows.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Protocol
from uuid import UUID

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from domain.shared.actor import Actor
from domain.shared.batches import PageBatch, Wanted
from domain.shared.listing import Filter, Listing, PageQuery
from domain.shared.paging import Column, Key, Page, PageRequest
from domain.shared.reads import Reader, Record
from graph.support.context import Context
from graph.support.ordering import OrderDirection
from graph.support.paging import After, Before, First, Last, Turned, request_page
from graph.support.rows import RowField, take_apart

Arguments = Mapping[str, Any]
ReadColumn = Callable[[str], Sequence[Any]]
FILTER = strawberry.argument(name="filter")
EMPTY: Page[Record] = Page((), has_next=False, has_previous=False)


class FilterInput(Protocol):
    """Conditions as clients send them."""

    def to_filter(self) -> Filter:
        """As the domain takes them.

        Raises:
            Invalid: What nothing can meet.
        """
        ...


class OrderInput(Protocol):
    """What a list is sorted by, as clients send it."""

    @property
    def field(self) -> Enum:
        """What."""
        ...

    @property
    def direction(self) -> OrderDirection:
        """Which way."""
        ...


class Pages(Protocol):
    """The pages behind a field of one or many rows."""

    @property
    def columns(self) -> Sequence[Column]:
        """What the rows are sorted by."""
        ...

    async def read(self, reader: Reader, wanted: Wanted) -> Sequence[Page[Record]]:
        """One for each row, with these columns and those of the cursor."""
        ...

    async def count(self, reader: Reader) -> Sequence[int]:
        """How long each list is."""
        ...

    async def load(self, context: Context) -> Page[Record]:
        """The page of the one row that there is, whole rows, with those of others at that moment."""
        ...

    async def load_count(self, context: Context) -> int:
        """How long the list of the one row is."""
        ...


@dataclass(frozen=True, slots=True)
class ListPages:
    """The one page of a list of the workspace."""

    query: PageQuery[Any]

    @property
    def columns(self) -> Sequence[Column]:
        """What the rows are sorted by."""
        return self.query.columns

    async def read(self, reader: Reader, wanted: Wanted) -> Sequence[Page[Record]]:
        """The page."""
        return [await self.query.read(reader, wanted)]

    async def count(self, reader: Reader) -> Sequence[int]:
        """How long the list is."""
        return [await self.query.count(reader)]

    async def load(self, context: Context) -> Page[Record]:
        """The page, with whole rows."""
        return await self.query.read(await context.reader())

    async def load_count(self, context: Context) -> int:
        """How long the list is."""
        return await self.query.count(await context.reader())


@dataclass(frozen=True, slots=True)
class BatchPages:
    """The same page of the lists of many rows, by their keys.

    Attributes:
        lengths: Of the lists, where the rows know them.
    """

    batch: PageBatch[Any]
    workspace_id: UUID
    keys: Sequence[UUID]
    request: PageRequest
    lengths: Sequence[int] | None = None

    @property
    def columns(self) -> Sequence[Column]:
        """What the rows are sorted by."""
        return self.batch.by

    async def read(self, reader: Reader, wanted: Wanted) -> Sequence[Page[Record]]:
        """The pages."""
        keys = set(self.keys)
        found = await self.batch.read(reader, self.workspace_id, keys, self.request, wanted)
        return [found.get(key, EMPTY) for key in self.keys]

    async def count(self, reader: Reader) -> Sequence[int]:
        """How long each list is."""
        if self.lengths is not None:
            return self.lengths
        found = await self.batch.count(reader, self.workspace_id, set(self.keys))
        return [found.get(key, 0) for key in self.keys]

    async def load(self, context: Context) -> Page[Record]:
        """The page of the one row, with those of others at that moment."""
        return await context.load(self.batch.read, self.keys[0], self.request) or EMPTY

    async def load_count(self, context: Context) -> int:
        """How long the list of the one row is."""
        if self.lengths is not None:
            return self.lengths[0]
        return await context.load(self.batch.count, self.keys[0]) or 0


class PagedField(RowField):
    """A field whose pages the executor reads itself, for many rows at once."""

    def open(self, actor: Actor, arguments: Arguments, read: ReadColumn) -> Pages:
        """The pages of some rows.

        Args:
            actor: Who asks.
            arguments: Of the field, as Python has them.
            read: Gives a column of the rows.

        Raises:
            Forbidden: The actor may not see the list.
            Invalid: An argument makes no sense.
        """
        opened: Pages = self.metadata["open"](actor, arguments, read)
        return opened

    @property
    def is_basic_field(self) -> bool:
        """It takes a context."""
        return False

    @property
    def is_async(self) -> bool:
        """It reads."""
        return True

    async def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> object:
        """The page of one row, with whole rows."""
        context: Context = info.context
        actor = await context.actor()
        pages = self.open(actor, kwargs, lambda name: [getattr(source.row, name)])
        target, _ = take_apart(self.type)
        node = target.__strawberry_definition__.type_var_map["NodeType"]

        def key_of(row: Record) -> Key:
            return tuple(row[column.key] for column in pages.columns)

        turned = Turned.of(await pages.load(context), node.from_row, key_of)
        return target(turned=turned, counted=lambda: pages.load_count(context))


def listed(
    listing: Listing[Any],
    filter_input: type[FilterInput] | None = None,
    order_input: type[OrderInput] | None = None,
    *,
    permission: str,
    descending: bool = False,
    description: str,
) -> Any:
    """A list of the workspace, at the root.

    Args:
        listing: Where the rows come from.
        filter_input: What narrows the list.
        order_input: What it can be sorted by, with defaults; else by the listing's one order.
        permission: What whoever asks has to hold.
        descending: Which way that one order goes.
        description: For those who read the schema.
    """

    def open_list(actor: Actor, arguments: Arguments, _: ReadColumn) -> ListPages:
        actor.require(permission)
        order, request = read_order(arguments)
        wanted = arguments.get("wanted")
        filtered = wanted.to_filter() if wanted is not None else None
        return ListPages(listing.page(actor.workspace_id, filtered, order, request))

    def read_order(arguments: Arguments) -> tuple[Enum, PageRequest]:
        if order_input is None:
            return next(iter(listing.orders)), read_request(arguments, descending=descending)
        order = arguments.get("order_by") or order_input()
        return order.field, read_request(arguments, descending=order.direction.descending)

    return make_field(open_list, list_arguments(filter_input, order_input), (), description)


def connected(
    batch: PageBatch[Any],
    by: str = "id",
    *,
    permission: str | None = None,
    descending: bool = False,
    length: str | None = None,
    description: str,
) -> Any:
    """A list that belongs to a row.

    Args:
        batch: Reads the same page for many keys.
        by: The column of this row that holds the key.
        permission: What whoever asks has to hold, beyond what let him see this row.
        descending: Whether the last ones come first.
        length: The column of this row that knows how long its list is.
        description: For those who read the schema.
    """

    def open_lists(actor: Actor, arguments: Arguments, read: ReadColumn) -> BatchPages:
        if permission is not None:
            actor.require(permission)
        request = read_request(arguments, descending=descending)
        lengths = None if length is None else read(length)
        return BatchPages(batch, actor.workspace_id, read(by), request, lengths)

    needed = {by} if length is None else {by, length}
    return make_field(open_lists, list_arguments(), needed, description)


def make_field(
    opener: Callable[[Actor, Arguments, ReadColumn], Pages],
    arguments: list[StrawberryArgument],
    needed: Collection[str],
    description: str,
) -> PagedField:
    """A field that opens pages so."""
    metadata = {"open": opener, "uses": frozenset(needed)}
    field = PagedField(description=description, metadata=metadata)
    field.arguments = arguments
    return field


def list_arguments(
    filter_input: type[FilterInput] | None = None, order_input: type[OrderInput] | None = None
) -> list[StrawberryArgument]:
    """The arguments of a page, with those of a list that can be narrowed and sorted."""

    named: dict[str, object] = {"first": First, "after": After, "last": Last, "before": Before}
    if filter_input is not None and order_input is not None:
        named["wanted"] = Annotated[filter_input | None, FILTER]
        named["order_by"] = order_input | None
    return [
        StrawberryArgument(name, None, StrawberryAnnotation(annotation), default=None)
        for name, annotation in named.items()
    ]


def read_request(arguments: Arguments, *, descending: bool) -> PageRequest:
    """Which page the arguments ask for.

    Raises:
        Invalid: They make no sense.
    """
    given = {name: arguments.get(name) for name in ("first", "after", "last", "before")}
    return request_page(**given, descending=descending)
