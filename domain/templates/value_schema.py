"""The JSON Schema that an `extract` step gives its value: what is accepted, and what it checks.

The library is imported where it is needed: a browser process starts sooner without.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from math import isfinite
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Schema = Mapping[str, object]

SCALARS: Final = frozenset({"string", "number", "integer", "boolean"})

_LONGEST: Final = 20_000
_LOCAL: Final = "#/$defs/"
# They change what a reference means, or lead out of the schema.
_REFUSED: Final = ("$id", "$dynamicRef", "$recursiveRef")
_MOST_VIOLATIONS: Final = 5
_LONGEST_VIOLATION: Final = 200
_LARGEST_WHOLE: Final = 2**63 - 1
# In a reference they stand for something else than themselves.
_ESCAPING: Final = frozenset("/~%")


def describe_bad_schema(schema: Schema) -> tuple[str, str] | None:
    """Where the first fault is (`.properties.total`) and what; nothing for a good schema."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        if len(json.dumps(schema)) > _LONGEST:
            return "", f"is longer than {_LONGEST} characters"
        Draft202012Validator.check_schema(
            schema, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
    except SchemaError as error:
        return error.json_path.removeprefix("$"), f"is no JSON Schema: {error.message[:200]}"
    except RecursionError:
        return "", "is nested too deeply"
    definitions = schema.get("$defs")
    known = definitions if isinstance(definitions, Mapping) else {}
    for reference in _list_references(schema):
        name = reference.removeprefix(_LOCAL)
        if name == reference or name not in known or _ESCAPING & set(name):
            return "", f"refers to {reference[:80]}; only {_LOCAL}… of the schema itself is known"
    return None


def _list_references(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if isinstance(value, str) and (name == "$ref" or name in _REFUSED):
                yield value if name == "$ref" else name
            yield from _list_references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _list_references(value)


def scalar_type(schema: Schema) -> str | None:
    """The type of a single value, null aside; nothing for objects, lists and open schemas."""
    kind = schema.get("type")
    kinds = [one for one in kind if one != "null"] if isinstance(kind, list) else [kind]
    return str(kinds[0]) if len(kinds) == 1 and kinds[0] in SCALARS else None


def find_violations(value: object, schema: Schema) -> list[str]:
    """How a value breaks its schema, in at most five short sentences with their paths.

    A number that cannot be stored fits no schema.
    """
    if _holds_endless(value):
        return ["a number is larger than what can be kept"]
    validator = _validator(json.dumps(schema))
    try:
        errors = sorted(validator.iter_errors(value), key=lambda error: error.json_path)
    except RecursionError:
        return ["the schema refers to itself without end"]
    except OverflowError:
        return ["the schema has numbers that cannot be compared with"]
    return [
        f"{error.json_path}: {error.message}"[:_LONGEST_VIOLATION]
        for error in errors[:_MOST_VIOLATIONS]
    ]


def _holds_endless(value: object) -> bool:
    """Whether a number in it is larger than what JSON is stored and sent with."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case bool():
                continue
            case int() as whole if abs(whole) > _LARGEST_WHOLE:
                return True
            case float() as number if not isfinite(number):
                return True
            case list() as items:
                waiting += items
            case dict() as fields:
                waiting += fields.values()
    return False


@lru_cache(maxsize=64)
def _validator(schema: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(schema))
