"""Types of the schema that show rows: an instance holds its row, a field is a column of it.

    @strawberry.type(description="A test as it was when its mission was made.")
    class MissionTest(Node):
        row: strawberry.Private[models.MissionTest]
        id: strawberry.ID = global_id("MissionTest")
        name: str = column()
        kind: TestKind = column(TestKind)
        scenario: "MissionScenario | None" = related(repository.read_scenarios_by_id, "scenario_id")

The executor takes columns and relations of many rows at once. A single instance gives the same, for
whoever runs a field on its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from strawberry.types.base import StrawberryContainer
from strawberry.types.field import StrawberryField

from domain.shared.batches import Batch
from graph.support.context import Context
from graph.support.ids import id_encoder

Convert = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field's values stand in the row, and what becomes of those that are not null."""

    name: str
    convert: Convert | None = None

    def read(self, row: object) -> object:
        """The value of one row."""
        value = getattr(row, self.name)
        return value if value is None or self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True)
class Relation:
    """How the rows behind a field are found for many rows at once.

    Attributes:
        batch: The statement.
        by: The column of this row that holds the key.
        permission: What whoever asks has to hold, beyond what let him see this row.
    """

    batch: Batch[Any, Any]
    by: str
    permission: str | None = None


class Shown:
    """What holds a row, and shows nothing else."""

    @classmethod
    def from_row(cls, row: Any) -> Self:
        """Wrap one."""
        return cls(row=row)  # type: ignore[call-arg]


class RowField(StrawberryField):
    """A field without a resolver that is no argument of `__init__` either."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Strawberry copies fields by these
        super().__init__(*args, **kwargs)
        self.init = self.repr = self.compare = False


class ColumnField(RowField):
    """A field that is read off the row."""

    @property
    def column(self) -> Column:
        """Which column; by default the one with the field's name."""
        name: str = self.metadata.get("column") or self.python_name
        return Column(name, self.metadata.get("convert"))

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> object:
        """The value of one instance."""
        return self.column.read(source.row)


class RelationField(RowField):
    """A field that leads to other rows."""

    @property
    def relation(self) -> Relation:
        """How they are found."""
        found: Relation = self.metadata["relation"]
        return found

    @property
    def is_basic_field(self) -> bool:
        """It takes a context."""
        return False

    @property
    def is_async(self) -> bool:
        """It reads."""
        return True

    @property
    def target(self) -> type[Any]:
        """The type of what it leads to, out of `list[...]` and `... | None`."""
        inner = self.type
        while isinstance(inner, StrawberryContainer):
            inner = inner.of_type
        assert isinstance(inner, type)
        return inner

    async def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> object:
        """What one instance leads to."""
        context: Context = info.context
        relation, target = self.relation, self.target
        if relation.permission is not None:
            (await context.actor()).require(relation.permission)
        key = getattr(source.row, relation.by)
        found = None if key is None else await context.load(relation.batch, key)
        if relation.batch.many:
            return [target(row=row) for row in found or ()]
        return None if found is None else target(row=found)


def column(
    convert: Convert | None = None, *, of: str | None = None, description: str | None = None
) -> Any:
    """A field that shows a column, by default the one of its own name.

    Args:
        convert: Makes what is shown from what is stored; it is never asked about null.
        of: The column's name, where it differs.
        description: For those who read the schema.
    """
    return ColumnField(description=description, metadata={"column": of, "convert": convert})


def global_id(kind: str, *, of: str = "id") -> Any:
    """The global id of the row, or of another one that a column points to."""
    return column(id_encoder(kind), of=of)


def related(
    batch: Batch[Any, Any],
    by: str = "id",
    *,
    permission: str | None = None,
    description: str | None = None,
) -> Any:
    """A field that leads to other rows.

    Args:
        batch: Reads them for many keys.
        by: The column of this row that holds the key.
        permission: What whoever asks has to hold; without it the field is refused.
        description: For those who read the schema.
    """
    found = Relation(batch, by, permission)
    return RelationField(description=description, metadata={"relation": found})
