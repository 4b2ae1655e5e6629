"""Where sealed values are: one entry for each column."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

Reseal = Callable[[str, str], str]
"""A sealed value and what it belongs to; returns what is to stand there instead."""


Row = tuple[UUID, object]
"""An id and what the column holds."""


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """A column with sealed values, in a table whose key is `id`.

    Attributes:
        mark: Stands in the column, as text, wherever something is sealed; may be empty.
        rewrite: Returns a row's value with every sealed value in it passed through a `Reseal`.
    """

    table: str
    column: str
    rewrite: Callable[[UUID, object, Reseal], object]
    mark: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.table}.{self.column}"
