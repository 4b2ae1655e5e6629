"""Where values stand in an answer, how errors are placed there, and what becomes null with them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode, GraphQLError, located_error
from graphql.pyutils import Path

Container = dict[str, Any] | list[Any]


class Position:
    """A place in the answer; the root has no parent, and stands in a holder of its own.

    Args:
        parent: The object or list it stands in.
        container: That object or list, as it is being filled.
        key: Its name or index in there.
        kind: The type whose field it is; None for the items of a list.
        nullable: Whether null may stand here.
    """

    __slots__ = ("container", "is_dead", "key", "kind", "nullable", "parent")

    def __init__(
        self,
        parent: "Position | None",
        container: Container,
        key: str | int,
        kind: str | None,
        nullable: bool,
    ) -> None:
        self.parent = parent
        self.container = container
        self.key = key
        self.kind = kind
        self.nullable = nullable
        self.is_dead = False

    @property
    def path(self) -> Path | None:
        """As resolvers and errors know it; None for the root."""
        if self.parent is None:
            return None
        return Path(self.parent.path, self.key, self.kind)

    @property
    def is_gone(self) -> bool:
        """Whether this or anything around it has become null."""
        one: Position | None = self
        while one is not None:
            if one.is_dead:
                return True
            one = one.parent
        return False

    def fill(self, value: object) -> None:
        """Put a value here."""
        self.container[self.key] = value  # type: ignore[index]

    def clear(self) -> None:
        """Put null here, or as far up as it takes until null may stand somewhere."""
        one = self
        while not one.nullable and one.parent is not None:
            one = one.parent
        one.fill(None)
        one.is_dead = True


@dataclass(slots=True)
class Problems:
    """The errors of an answer; those below what has become null already are not told."""

    errors: list[GraphQLError] = field(default_factory=list)

    def add(self, error: Exception, nodes: Sequence[FieldNode], position: Position) -> None:
        """Place an error, and null with it."""
        if position.is_gone:
            return
        path = position.path
        self.errors.append(located_error(error, nodes, path.as_list() if path else None))
        position.clear()
