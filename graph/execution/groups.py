"""Objects that are asked for the same, level by level."""

from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Any

from graph.execution.plan import SelectionPlan
from graph.execution.positions import Position


@dataclass(slots=True)
class Group:
    """Objects of one type that are asked for the same.

    Attributes:
        sources: Instances of the type; records, where `is_bare`.
        outs: What the answer shows of each.
        positions: Where that stands.
    """

    selection: SelectionPlan
    is_bare: bool = False
    sources: list[Any] = field(default_factory=list)
    outs: list[dict[str, Any]] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)

    def add(self, source: object, out: dict[str, Any], position: Position) -> None:
        """One more."""
        self.sources.append(source)
        self.outs.append(out)
        self.positions.append(position)

    def read(self, name: str) -> list[Any]:
        """A column of all rows."""
        getter = itemgetter(name) if self.is_bare else attrgetter(f"row.{name}")
        return list(map(getter, self.sources))

    @property
    def instances(self) -> list[Any]:
        """As resolvers know them."""
        if self.is_bare:
            kind = self.selection.kind.extensions["strawberry-definition"].origin
            self.sources = [kind.from_row(record) for record in self.sources]
            self.is_bare = False
        return self.sources
