"""Texts, numbers and times: what they look like in an answer, one by one or a whole column."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, islice
from types import NoneType
from typing import Any

from graphql import GraphQLLeafType
from graphql.execution import Executor as CoreExecutor

Coerce = Callable[[Any], object]
CoerceColumn = Callable[[Sequence[Any]], Sequence[object] | None]
"""All values of a column, or None where one of them has to be looked at on its own."""
LARGEST_INT = 2**31 - 1


def is_small(values: Sequence[int]) -> bool:
    """Whether all numbers fit into GraphQL's Int."""
    return max(values) <= LARGEST_INT and min(values) >= -LARGEST_INT - 1


def is_any(_: Sequence[object]) -> bool:
    """Whatever they are."""
    return True


Check = Callable[[Sequence[Any]], bool]
AS_THEY_ARE: dict[str, tuple[type, Check]] = {
    "String": (str, is_any),
    "ID": (str, is_any),
    "Boolean": (bool, is_any),
    "Int": (int, is_small),
}
"""Scalars whose usual values, of this type and checked so, are written as they are."""


def coerce_one(kind: GraphQLLeafType) -> Coerce:
    """How one value that is not null is written.

    Raises:
        Exception: It is no value of this type; graphql-core's words.
    """
    return partial(CoreExecutor.complete_leaf_value, kind)


def coerce_column(kind: GraphQLLeafType, *, nullable: bool) -> CoerceColumn:
    """How all values of a column are written."""
    plain, check = AS_THEY_ARE.get(kind.name, (None, is_any))
    one = coerce_one(kind)

    def coerce(values: Sequence[Any]) -> Sequence[object] | None:
        kinds = set(map(type, values))
        there = values
        if NoneType in kinds:
            if not nullable:
                return None
            kinds.discard(NoneType)
            there = [value for value in values if value is not None]
        if kinds == {plain} and check(there):
            return values
        try:
            return [None if value is None else one(value) for value in values]
        except Exception:  # noqa: BLE001 - whoever is asked next places it
            return None

    return coerce


def coerce_lists(item: CoerceColumn, *, nullable: bool) -> CoerceColumn:
    """The same for lists of such values."""

    def coerce(values: Sequence[Any]) -> Sequence[object] | None:
        kinds = set(map(type, values))
        if (NoneType in kinds and not nullable) or not kinds <= {list, NoneType}:
            return None
        together = list(chain.from_iterable(value for value in values if value))
        shown = item(together) if together else together
        if shown is None or shown is together:
            return values if shown is together else None
        rest = iter(shown)
        return [None if value is None else list(islice(rest, len(value))) for value in values]

    return coerce


def write_few(
    values: Sequence[Any], convert: Coerce, coerce: CoerceColumn
) -> Sequence[object] | None:
    """A column that holds the same few values over and over: each of them is written once."""
    known = list(set(values))
    shown = coerce([None if value is None else convert(value) for value in known])
    if shown is None:
        return None
    written = dict(zip(known, shown, strict=True))
    return [written[value] for value in values]
