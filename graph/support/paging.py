"""Relay connections over keyset pages."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Generic, Protocol, TypeVar
from uuid import UUID

import orjson
import strawberry

from domain.shared.errors import Invalid
from domain.shared.listing import PageQuery
from domain.shared.paging import Key, Page, PageRequest
from graph.support.context import Context, Info

NodeType = TypeVar("NodeType")
Row = TypeVar("Row")

DEFAULT_PAGE = 20
MAX_PAGE = 100
MAX_CURSOR_LENGTH = 4_000
"""Room for a key with a name of 255 letters of any script."""
CHECK_BYTES = 6
LARGEST_INTEGER = 2**63 - 1

First = Annotated[
    int | None,
    strawberry.argument(description=f"From the start; 1 to {MAX_PAGE}, else {DEFAULT_PAGE}."),
]
Last = Annotated[int | None, strawberry.argument(description=f"From the end; 1 to {MAX_PAGE}.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
Before = Annotated[str | None, strawberry.argument(description="Only what precedes this cursor.")]


@strawberry.type
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[NodeType]):
    """A node and its place in the list."""

    cursor: str
    node: NodeType


class Source(Protocol[NodeType]):
    """Where the page of a connection comes from; asked at most once for each thing."""

    async def page(self, context: Context) -> "Turned[NodeType]":
        """The rows, as nodes and cursors."""
        ...

    async def count(self, context: Context) -> int:
        """How long the whole list is."""
        ...


@dataclass(frozen=True, slots=True)
class Turned(Generic[NodeType]):
    """A page as it is shown."""

    edges: Sequence[Edge[NodeType]]
    info: PageInfo

    @classmethod
    def of(
        cls,
        page: Page[Row],
        make_node: Callable[[Row], NodeType],
        key_of: Callable[[Row], Key],
    ) -> "Turned[NodeType]":
        """Wrap rows."""
        edges = [Edge(cursor=encode_cursor(key_of(row)), node=make_node(row)) for row in page.rows]
        return cls(edges, describe_page(page, [edge.cursor for edge in edges]))


@dataclass(frozen=True, slots=True)
class Loaded(Generic[NodeType]):
    """A page that is there already."""

    turned: Turned[NodeType]
    counted: Callable[[], Awaitable[int]]

    async def page(self, context: Context) -> Turned[NodeType]:
        """The rows."""
        return self.turned

    async def count(self, context: Context) -> int:
        """How many there are."""
        return await self.counted()


@dataclass(slots=True)
class Listing(Generic[NodeType]):
    """A page that is read when it is known what is asked of its rows.

    Attributes:
        target: The type that shows a row.
        query: Which rows.
    """

    target: type[NodeType]
    query: PageQuery[Any]
    _turned: Turned[NodeType] | None = None
    _turning: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def page(self, context: Context) -> Turned[NodeType]:
        """The rows as instances."""
        async with self._turning:
            if self._turned is None:
                async with context.reading() as session:
                    page = await self.query.read_rows(session)
                show = self.target.from_row  # type: ignore[attr-defined]
                self._turned = Turned.of(page, show, self.query.key_of)
        return self._turned

    async def count(self, context: Context) -> int:
        """How many rows the whole list has."""
        async with context.reading() as session:
            return await self.query.count(session)


@strawberry.type
class Connection(Generic[NodeType]):
    """One page of a list."""

    source: strawberry.Private[Source[NodeType]]

    @strawberry.field
    async def edges(self, info: Info) -> list[Edge[NodeType]]:
        """The rows of the page."""
        return list((await self.source.page(info.context)).edges)

    @strawberry.field
    async def page_info(self, info: Info) -> PageInfo:
        """Where it lies."""
        return (await self.source.page(info.context)).info

    @strawberry.field(  # type: ignore[untyped-decorator]
        description="Length of the whole list; counted only when asked for."
    )
    async def total_count(self, info: Info) -> int:
        """Count."""
        return await self.source.count(info.context)


def describe_page(page: Page[Any], cursors: Sequence[str]) -> PageInfo:
    """Where a page lies."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def request_page(
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    descending: bool = False,
) -> PageRequest:
    """Turn Relay's arguments into a page request.

    Raises:
        Invalid: a size outside 1 to 100, both sizes at once, or a cursor nobody gave out.
    """
    if first is not None and last is not None:
        raise Invalid("Ask for first or last, not for both.", field=("last",))
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 1 <= size <= MAX_PAGE:
            raise Invalid(f"{name} must be between 1 and {MAX_PAGE}.", field=(name,))
    return PageRequest(
        limit=first or last or DEFAULT_PAGE,
        descending=descending,
        after=None if after is None else decode_cursor(after, "after"),
        before=None if before is None else decode_cursor(before, "before"),
        from_end=last is not None,
    )


def make_connection(
    page: Page[Row],
    make_node: Callable[[Row], NodeType],
    key_of: Callable[[Row], Key],
    count: Callable[[], Awaitable[int]],
) -> Connection[NodeType]:
    """Wrap a page that is there."""
    return Connection(source=Loaded(Turned.of(page, make_node, key_of), count))


def list_rows(target: type[NodeType], query: PageQuery[Any]) -> Connection[NodeType]:
    """A page that is read when it is known what is asked of its rows."""
    return Connection(source=Listing(target, query))


def encode_cursor(key: Key) -> str:
    """An opaque cursor for a row's key of dates, ids, numbers and texts."""
    body = orjson.dumps([[_tag(value), str(value)] for value in key])
    return _write(_sum_up(body) + body)


def decode_cursor(cursor: str, argument: str) -> Key:
    """The key inside a cursor.

    The check sum finds changed letters. It is no signature: a key only says where to start among
    rows that the caller may see anyway.

    Raises:
        Invalid: nobody gave this cursor out.
    """
    try:
        if len(cursor) > MAX_CURSOR_LENGTH:
            raise ValueError(cursor)
        raw = base64.b64decode(
            cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True
        )
        check, body = raw[:CHECK_BYTES], raw[CHECK_BYTES:]
        if check != _sum_up(body) or _write(raw) != cursor:
            raise ValueError(cursor)
        tagged = orjson.loads(body)
        return tuple(_READERS[tag](value) for tag, value in tagged)
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise Invalid(f"{argument} is not a cursor of this list.", field=(argument,)) from error


def _write(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _sum_up(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=CHECK_BYTES, person=b"cursor").digest()


def _read_time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time


def _read_integer(text: str) -> int:
    number = int(text)
    if abs(number) > LARGEST_INTEGER:
        raise ValueError(text)
    return number


def _read_text(text: str) -> str:
    if "\0" in text:
        raise ValueError(text)
    return text


def _tag(value: object) -> str:
    """Drivers answer with subclasses of these types, such as asyncpg's UUID."""
    return next(tag for kind, tag in _TAGS.items() if isinstance(value, kind))


_TAGS: dict[type, str] = {datetime: "d", UUID: "u", int: "i", str: "s"}
_READERS: dict[str, Callable[[str], object]] = {
    "d": _read_time,
    "u": UUID,
    "i": _read_integer,
    "s": _read_text,
}
