"""Deprecations: until when something deprecated stays, in one form that people and gates read.

`strawberry.field(deprecation_reason=deprecated("Use `tests`.", on=..., until=...))`
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

NOTICE = timedelta(days=90)
"""How long something stays at least after its deprecation."""
FORM = "<what to use instead>. Deprecated on 2026-11-30; will be removed after 2027-05-31."
_DATE = r"(\d{4}-\d\d-\d\d)"
_FORM = re.compile(rf"(.+\.) Deprecated on {_DATE}; will be removed after {_DATE}\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Something that goes, with what to use instead.

    Raises:
        ValueError: The reason is no sentence, or the notice is too short.
    """

    reason: str
    on: date
    until: date
    """The last day on which clients may rely on it."""

    def __post_init__(self) -> None:
        if not self.reason.strip(". ") or not self.reason.endswith("."):
            raise ValueError("the reason has to be a sentence that says what to use instead")
        if self.until - self.on < NOTICE:
            raise ValueError(f"{self.until} is less than {NOTICE.days} days after {self.on}")

    def __str__(self) -> str:
        return f"{self.reason} Deprecated on {self.on}; will be removed after {self.until}."


def deprecated(reason: str, *, on: date, until: date) -> str:
    """The text of a deprecation.

    Args:
        reason: A sentence: what to use instead.
        on: When it was deprecated.
        until: The last day on which clients may rely on it.

    Raises:
        ValueError: The reason is no sentence, or the notice is too short.
    """
    return str(Deprecation(reason, on, until))


def read_deprecation(text: str) -> Deprecation:
    """What the text of a deprecation says.

    Raises:
        ValueError: It has another form, or the notice is too short.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"the reason has to read {FORM!r}")
    reason, on, until = found.groups()
    return Deprecation(reason, date.fromisoformat(on), date.fromisoformat(until))


def find_deprecations(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """What is deprecated, by its coordinate in the schema (`Query.missions(first:)`), and why."""
    for coordinate, reason in _reasons(schema):
        if reason is not None:
            yield coordinate, reason


def _reasons(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for key, field in kind.fields.items():
                yield f"{name}.{key}", field.deprecation_reason
                yield from _arguments(f"{name}.{key}", field.args)
        elif isinstance(kind, GraphQLInputObjectType):
            for key, input_field in kind.fields.items():
                yield f"{name}.{key}", input_field.deprecation_reason
        elif isinstance(kind, GraphQLEnumType):
            for key, value in kind.values.items():
                yield f"{name}.{key}", value.deprecation_reason
    for directive in schema.directives:
        yield from _arguments(f"@{directive.name}", directive.args)


def _arguments(
    place: str, arguments: dict[str, GraphQLArgument]
) -> Iterator[tuple[str, str | None]]:
    for key, argument in arguments.items():
        yield f"{place}({key}:)", argument.deprecation_reason
