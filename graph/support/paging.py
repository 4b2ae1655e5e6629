"""Relay connections over keyset pages."""

import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry

from domain.shared.errors import Invalid
from domain.shared.paging import Key, Page, PageRequest

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
        ends = (edges[0].cursor, edges[-1].cursor) if edges else None
        return cls(edges, describe_page(page, ends))


@strawberry.type
class Connection(Generic[NodeType]):
    """One page of a list.

    Attributes:
        turned: The page.
        counted: Counts the whole list.
    """

    turned: strawberry.Private[Turned[NodeType]]
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field
    def edges(self) -> list[Edge[NodeType]]:
        """The rows of the page."""
        return list(self.turned.edges)

    @strawberry.field
    def page_info(self) -> PageInfo:
        """Where it lies."""
        return self.turned.info

    @strawberry.field(  # type: ignore[untyped-decorator]
        description="Length of the whole list; counted only when asked for."
    )
    async def total_count(self) -> int:
        """Count."""
        return await self.counted()


def describe_page(page: Page[Any], ends: tuple[str, str] | None) -> PageInfo:
    """Where a page lies, with the cursors of its first and its last row."""
    start, end = ends or (None, None)
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=start,
        end_cursor=end,
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
