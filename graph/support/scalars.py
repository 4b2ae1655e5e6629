"""Scalars: times with their zone, and text that PostgreSQL can store."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

import strawberry
from graphql import GraphQLError, StringValueNode, ValidationRule, VisitorAction
from strawberry.types.scalar import ScalarDefinition

from graph.support.masking import ExposedError

NUL = "\0"
MAX_TIME_CHARACTERS = 40


def serialize_time(value: object) -> str:
    """RFC 3339 in UTC, with microseconds only where there are any."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("a time without its zone")
    moment = value if value.tzinfo is UTC else value.astimezone(UTC)
    return f"{moment.isoformat()[:-6]}Z"


def parse_time(value: object) -> datetime:
    """Read an RFC 3339 time; one without a zone could mean anything and is refused."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TIME_CHARACTERS:
        raise GraphQLError("A time is text such as 2025-01-31T12:00:00Z.")
    try:
        time = datetime.fromisoformat(value)
        moment = time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise GraphQLError("A time is written as 2025-01-31T12:00:00Z.") from error
    if time.tzinfo is None:
        raise GraphQLError("A time needs its zone, such as Z or +02:00.")
    return moment


SCALARS: Mapping[object, ScalarDefinition] = MappingProxyType(
    {
        datetime: strawberry.scalar(
            name="DateTime",
            description="A moment in RFC 3339, with its zone; answered in UTC.",
            specified_by_url="https://scalars.graphql.org/andimarek/date-time",
            serialize=serialize_time,
            parse_value=parse_time,
        ),
    }
)
"""For `StrawberryConfig(scalar_map=…)`."""


def refuse_nul(path: tuple[str, ...]) -> ExposedError:
    """The answer to text that PostgreSQL cannot store."""
    return ExposedError("Text must not contain the character NUL.", "BAD_USER_INPUT", field=path)


def find_nul(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Paths of all texts in JSON `value`, keys included, that contain NUL.

    Walks without recursion, so that depth costs nothing.
    """
    pending = [(value, path)]
    while pending:
        item, here = pending.pop()
        if isinstance(item, str):
            if NUL in item:
                yield here
        elif isinstance(item, Mapping):
            for key, inner in item.items():
                if NUL in key:
                    yield here
                pending.append((inner, (*here, str(key))))
        elif isinstance(item, list):
            pending.extend((inner, (*here, str(index))) for index, inner in enumerate(item))


class NoNulInText(ValidationRule):
    """Refuses text literals with NUL; those in variables are found by `find_nul`."""

    def enter_string_value(self, node: StringValueNode, *_args: object) -> VisitorAction:
        """Report a literal that cannot be stored."""
        if NUL in node.value:
            self.report_error(refuse_nul(()).at(node))
        return None
