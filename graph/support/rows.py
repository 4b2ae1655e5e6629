"""Types of the schema that show rows: an instance holds its row, a field is a column of it.

    @strawberry.type(description="A test as it was when its mission was made.")
    class MissionTest(Shown, Node):
        row: strawberry.Private[models.MissionTest]
        id: strawberry.ID = global_id("MissionTest")
        name: str = column()
        kind: TestKind = column(TestKind)
        scenario: "MissionScenario | None" = related(repository.read_scenarios_by_id, "scenario_id")

The executor takes columns and relations of many rows at once, and reads no columns but those that
are asked for. A single instance gives the same, for whoever runs a field on its own.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Self

from strawberry.types.base import (
    StrawberryContainer,
    StrawberryList,
    StrawberryOptional,
    StrawberryType,
)
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from graph.support.context import BatchFunction, Context
from graph.support.ids import IdEncoder

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
    """How what stands behind a field is found for many rows at once.

    Attributes:
        batch: The statement.
        by: The column of this row that holds the key.
        permission: What whoever asks has to hold, beyond what let him see this row.
        show: Makes what the field shows of what was found; None where that are rows of the field's
            type.
        missing: What counts as found where nothing was.
        columns: What `show` needs of the rows that were found.
    """

    batch: BatchFunction[Any, [], Any]
    by: str
    permission: str | None = None
    show: Convert | None = None
    missing: object = None
    columns: frozenset[str] | None = None


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
    """A field that is read off one column of the row."""

    @property
    def column(self) -> Column:
        """Which column; by default the one with the field's name."""
        name: str = self.metadata.get("column") or self.python_name
        return Column(name, self.metadata.get("convert"))

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> object:
        """The value of one instance."""
        return self.column.read(source.row)


class ComputedField(RowField):
    """A field that is computed of several columns of the row."""

    @property
    def function(self) -> Convert:
        """What computes it."""
        found: Convert = self.metadata["function"]
        return found

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> object:
        """The value of one instance."""
        return self.function(source.row)


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

    async def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> object:
        """What one instance leads to."""
        context: Context = info.context
        relation = self.relation
        if relation.permission is not None:
            (await context.actor()).require(relation.permission)
        key = getattr(source.row, relation.by)
        found: Any = None if key is None else await context.load(relation.batch, key)
        found = relation.missing if found is None else found
        if relation.show is not None:
            return None if found is None else relation.show(found)
        target, is_list = take_apart(self.type)
        if is_list:
            return [target.from_row(row) for row in found or ()]
        return None if found is None else target.from_row(found)


def take_apart(kind: StrawberryType | type[Any]) -> tuple[Any, bool]:
    """The type inside `list[...]` and `... | None`, and whether it is a list."""
    is_list = False
    while isinstance(kind, StrawberryContainer):
        is_list = is_list or isinstance(kind, StrawberryList)
        assert isinstance(kind, StrawberryList | StrawberryOptional)
        kind = kind.of_type
    return kind.resolve_type() if isinstance(kind, LazyType) else kind, is_list


def column(
    convert: Convert | None = None,
    *,
    of: str | None = None,
    cost: int | None = None,
    description: str | None = None,
) -> Any:
    """A field that shows a column, by default the one of its own name.

    Args:
        convert: Makes what is shown from what is stored; it is never asked about null.
        of: The column's name, where it differs.
        cost: What it weighs, where that is not nothing: see `graph.support.cost`.
        description: For those who read the schema.
    """
    metadata = {"column": of, "convert": convert, "cost": cost}
    return ColumnField(description=description, metadata=metadata)


def computed(function: Convert, *columns: str, description: str | None = None) -> Any:
    """A field that is computed of a row.

    Args:
        function: Takes the row, or something with these columns of it.
        columns: What it needs.
        description: For those who read the schema.
    """
    return ComputedField(
        description=description, metadata={"function": function, "uses": frozenset(columns)}
    )


def global_id(kind: str, *, of: str = "id") -> Any:
    """The global id of the row, or of another one that a column points to."""
    return column(IdEncoder(kind), of=of)


def related(
    batch: BatchFunction[Any, [], Any],
    by: str = "id",
    *,
    permission: str | None = None,
    show: Convert | None = None,
    missing: object = None,
    columns: Collection[str] | None = None,
    cost: int | None = None,
    description: str | None = None,
) -> Any:
    """A field that leads to other rows, or shows what a statement finds about this one.

    Args:
        batch: Reads it for many keys.
        by: The column of this row that holds the key.
        permission: What whoever asks has to hold; without it the field is refused.
        show: Makes what the field shows of what was found, where that are no rows of its type.
        missing: What stands for what is not found.
        columns: What `show` needs of a row; all unless said.
        cost: What it weighs, where that is not one object: see `graph.support.cost`.
        description: For those who read the schema.
    """
    needed = None if columns is None else frozenset(columns)
    found = Relation(batch, by, permission, show, missing, needed)
    return RelationField(description=description, metadata={"relation": found, "cost": cost})


def used_columns(field: StrawberryField) -> frozenset[str] | None:
    """The columns of the row that a field with code of its own needs; None where nobody says."""
    found: frozenset[str] | None = field.metadata.get("uses")
    return found
