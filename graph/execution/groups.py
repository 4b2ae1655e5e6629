"""Objects that are asked for the same, level by level."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from domain.shared.reads import Record, turn_round
from graph.execution.plan import SelectionPlan
from graph.execution.positions import Position

Places = Callable[[], Sequence[Position]]


class Group:
    """Objects of one type that are asked for the same.

    Args:
        selection: What is asked.
        is_bare: Whether `sources` are rows, and not yet instances of the type.

    Attributes:
        sources: What the answer shows.
        outs: What it shows of each.
    """

    def __init__(self, selection: SelectionPlan, *, is_bare: bool = False) -> None:
        self.selection = selection
        self.is_bare = is_bare
        self.sources: list[Any] = []
        self.outs: list[dict[str, Any]] = []
        self._places: list[Places] = []
        self._positions: list[Position] = []
        self._columns: Mapping[str, Sequence[Any]] | None = None

    def add(self, source: object, out: dict[str, Any], position: Position) -> None:
        """One more."""
        self.add_all([source], [out], lambda: [position])

    def add_all(
        self, sources: Sequence[object], outs: Sequence[dict[str, Any]], places: Places
    ) -> None:
        """Some more, and a function that says where they stand: mostly nobody asks."""
        self.sources += sources
        self.outs += outs
        self._places.append(places)

    @property
    def positions(self) -> Sequence[Position]:
        """Where each object stands."""
        if self._places:
            for places in self._places:
                self._positions += places()
            self._places.clear()
        return self._positions

    def read(self, name: str) -> Sequence[Any]:
        """A column of all rows."""
        if self.is_bare and self.sources and isinstance(self.sources[0], Record):
            if self._columns is None:
                self._columns = turn_round(self.sources)
            return self._columns[name]
        getter: Callable[[Any], Any] = attrgetter(name if self.is_bare else f"row.{name}")
        return list(map(getter, self.sources))

    @property
    def rows(self) -> Sequence[Any]:
        """All rows."""
        return self.sources if self.is_bare else [source.row for source in self.sources]

    @property
    def instances(self) -> Sequence[Any]:
        """As resolvers know them."""
        if self.is_bare:
            kind = self.selection.kind.extensions["strawberry-definition"].origin
            self.sources = [kind.from_row(row) for row in self.sources]
            self.is_bare = False
        return self.sources
