"""Relay's `Node`: anything with a global id, fetched again by it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import strawberry

from graph.support.context import Context


@strawberry.interface(description="Anything with a global id.")
class Node:
    """What `node(id:)` answers."""

    id: strawberry.ID


NodeReader = Callable[[Context, UUID], Awaitable[Node | None]]
"""Reads one entity for whoever asks, or None where he may not see it."""
