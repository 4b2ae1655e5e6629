"""Decorators for resolvers: what a field means, and which permission a verb needs.

Strawberry's own decorators lose the types as soon as they are given a description.
"""

from collections.abc import Callable, Collection
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from graph.support.permissions import public, requires

Resolver = Callable[..., object]
Decorator = Callable[[Resolver], StrawberryField]

Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="A global id.")]
"""The argument `id`, which in Python would hide the built-in function."""


def described(
    description: str, uses: Collection[str] | None = None, *, cost: int | None = None
) -> Decorator:
    """A field with a sentence for those who read the schema.

    Args:
        description: The sentence.
        uses: The columns of its row that the resolver needs; all unless said.
        cost: What it weighs, where that is not one object: see `graph.support.cost`.
    """
    metadata: dict[str, object] = {} if uses is None else {"uses": frozenset(uses)}
    metadata |= {} if cost is None else {"cost": cost}
    return lambda resolver: strawberry.field(resolver, description=description, metadata=metadata)


def mutation(permission: str, description: str) -> Decorator:
    """A mutation whose verb checks `permission`."""
    return lambda resolver: strawberry.mutation(
        resolver, description=description, extensions=[requires(permission)]
    )


def public_mutation(why: str, description: str) -> Decorator:
    """A mutation that everybody may call, signed in or not."""
    return lambda resolver: strawberry.mutation(
        resolver, description=description, extensions=[public(why)]
    )


def subscription(permission: str, description: str) -> Decorator:
    """A subscription that checks `permission`, and again while it is open."""
    return lambda resolver: strawberry.subscription(
        resolver, description=description, extensions=[requires(permission)]
    )
