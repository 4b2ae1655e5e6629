"""Texts, numbers and times: what they look like in an answer, one by one or a whole column."""

from collections.abc import Callable, Sequence
from functools import partial
from types import NoneType
from typing import Any

from graphql import GraphQLLeafType
from graphql.execution import Executor as CoreExecutor

Coerce = Callable[[Any], object]
CoerceColumn = Callable[[Sequence[Any]], Sequence[object] | None]
"""All values of a column, or None where one of them has to be looked at on its own."""
AS_THEY_ARE: dict[str, type] = {"String": str, "ID": str, "Boolean": bool}
"""Scalars whose usual values are written as they are."""


def coerce_one(kind: GraphQLLeafType) -> Coerce:
    """How one value that is not null is written.

    Raises:
        Exception: It is no value of this type; graphql-core's words.
    """
    return partial(CoreExecutor.complete_leaf_value, kind)


def coerce_column(kind: GraphQLLeafType, *, nullable: bool) -> CoerceColumn:
    """How all values of a column are written."""
    plain = AS_THEY_ARE.get(kind.name)
    as_they_are = {plain, NoneType} if nullable else {plain}
    one = coerce_one(kind)

    def coerce(values: Sequence[Any]) -> Sequence[object] | None:
        kinds = set(map(type, values))
        if kinds <= as_they_are:
            return values
        if NoneType in kinds and not nullable:
            return None
        try:
            return [None if value is None else one(value) for value in values]
        except Exception:  # noqa: BLE001 - whoever is asked next places it
            return None

    return coerce


def coerce_lists(item: CoerceColumn, *, nullable: bool) -> CoerceColumn:
    """The same for lists of such values."""

    def coerce(values: Sequence[Any]) -> Sequence[object] | None:
        shown: list[object] = []
        for value in values:
            if type(value) is not list:
                if value is None and nullable:
                    shown.append(None)
                    continue
                return None
            items = item(value)
            if items is None:
                return None
            shown.append(items)
        return shown

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
