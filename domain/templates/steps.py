"""The steps of a browser test: their published JSON Schema, and their checks."""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from domain.templates.placeholders import PLACEHOLDER
from domain.templates.step_urls import describe_bad_url
from domain.templates.value_schema import describe_bad_schema

_TYPE_NAMES: Final[Mapping[str, str]] = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}

SECRET_FIELD: Final = "value"  # noqa: S105 - the name of a property, not a secret
"""The only field of a step that may name a secret parameter."""

_BRACES: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_MAX_ERRORS: Final = 100


@dataclass(frozen=True, slots=True)
class StepParameter:
    """A parameter that a test declares; a secret one may be named in ``value`` fields only."""

    name: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class StepError:
    """What is wrong, and where: ``steps[3].selectr``."""

    path: str
    message: str


def load_steps_schema() -> dict[str, object]:
    """The published JSON Schema (draft 2020-12) of a list of steps, as a fresh copy."""
    text = files(__package__).joinpath("steps.schema.json").read_text(encoding="utf-8")
    return cast("dict[str, object]", json.loads(text))


def validate_steps(steps: object, parameters: Iterable[StepParameter]) -> list[StepError]:
    """Everything a person must correct before these steps can run, in reading order.

    Args:
        steps: The decoded JSON, of any shape.
        parameters: What the test declares.

    Returns:
        At most 100 errors; an empty list when the steps are fine.
    """
    if not isinstance(steps, list):
        return [StepError("steps", "must be a list of steps")]
    size = _check_size(steps)
    if size is not None:
        return [size]
    declared = {parameter.name: parameter for parameter in parameters}
    errors: list[StepError] = []
    for index, step in enumerate(steps):
        errors.extend(_check_step(f"steps[{index}]", step, declared))
        if len(errors) >= _MAX_ERRORS:
            break
    return errors[:_MAX_ERRORS]


def list_step_kinds() -> tuple[str, ...]:
    """The kinds of steps, in the order of the schema."""
    return tuple(_kind_schemas())


def _check_size(steps: Sequence[object]) -> StepError | None:
    schema = load_steps_schema()
    if not steps:
        return StepError("steps", "a browser test needs at least one step")
    most = cast("int", schema["maxItems"])
    if len(steps) > most:
        return StepError("steps", f"{len(steps)} steps are too many; the most is {most}")
    return None


def _check_step(
    path: str, step: object, declared: Mapping[str, StepParameter]
) -> Iterator[StepError]:
    if not isinstance(step, dict):
        yield StepError(path, "must be an object with a kind")
        return
    kind = step.get("kind")
    if kind is None:
        yield StepError(f"{path}.kind", f"is missing; one of {_join(list_step_kinds())}")
        return
    if not isinstance(kind, str) or kind not in _kind_schemas():
        yield StepError(f"{path}.kind", _describe_unknown_kind(kind))
        return
    violations = sorted(_validator(kind).iter_errors(step), key=lambda error: error.json_path)
    for violation in violations:
        yield from _translate(path, kind, violation)
    yield from _check_texts(path, step, declared)
    if not violations:
        yield from _check_meaning(path, step)


def _describe_unknown_kind(kind: object) -> str:
    shown = json.dumps(kind, ensure_ascii=False)[:60]
    near = difflib.get_close_matches(str(kind), list_step_kinds(), n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; kinds are {_join(list_step_kinds())}"
    return f"there is no step kind {shown}{hint}"


@cache
def _kind_schemas() -> dict[str, dict[str, object]]:
    definitions = cast("dict[str, dict[str, object]]", load_steps_schema()["$defs"])
    kind = cast("dict[str, dict[str, list[str]]]", definitions["step"]["properties"])["kind"]
    return {name: definitions[name] for name in kind["enum"]}


@cache
def _validator(kind: str) -> Draft202012Validator:
    schema = load_steps_schema()
    reference = {"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]}
    return Draft202012Validator(reference)


def _translate(path: str, kind: str, error: ValidationError) -> Iterator[StepError]:
    where = path + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    )
    rule = cast("str", error.validator)
    if rule == "additionalProperties":
        yield from _translate_unknown_properties(where, kind, error)
    elif rule in {"required", "dependentRequired"}:
        yield from _translate_missing_properties(where, kind, error)
    else:
        yield StepError(where, _MESSAGES.get(rule, _describe_otherwise)(error))


def _translate_unknown_properties(
    where: str, kind: str, error: ValidationError
) -> Iterator[StepError]:
    known = list(cast("Mapping[str, object]", _kind_schemas()[kind]["properties"]))
    for name in cast("Mapping[str, object]", error.instance):
        if name in known:
            continue
        meant = _guess_property(name, kind, error)
        hint = f"; did you mean {meant}?" if meant else f"; it has {_join(known)}"
        yield StepError(f"{where}.{name}", f"a {kind} step has no property {name}{hint}")


def _guess_property(name: str, kind: str, error: ValidationError) -> str | None:
    """What a name was meant to be: a clear slip, else the one that is missing, else a likely slip."""
    schema = _kind_schemas()[kind]
    given = cast("Mapping[str, object]", error.instance)
    needed = [one for one in cast("list[str]", schema["required"]) if one not in given]
    known = list(cast("Mapping[str, object]", schema["properties"]))
    clear = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    if clear or len(needed) != 1:
        return next(iter(clear or difflib.get_close_matches(name, known, n=1)), None)
    return needed[0]


def _translate_missing_properties(
    where: str, kind: str, error: ValidationError
) -> Iterator[StepError]:
    rule = cast("list[str] | dict[str, list[str]]", error.validator_value)
    needed = rule if isinstance(rule, list) else [name for names in rule.values() for name in names]
    for name in needed:
        if name not in cast("Mapping[str, object]", error.instance):
            yield StepError(f"{where}.{name}", f"is missing; this {kind} step needs it")


def _describe_type(error: ValidationError) -> str:
    return f"must be {_TYPE_NAMES[cast('str', error.validator_value)]}"


def _describe_enum(error: ValidationError) -> str:
    return (
        f"must be one of {_join([str(one) for one in cast('list[object]', error.validator_value)])}"
    )


def _describe_one_of(error: ValidationError) -> str:
    branches = cast("list[dict[str, list[str]]]", error.validator_value)
    names = [name for branch in branches for name in branch["required"]]
    return f"needs exactly one of {_join(names)}"


def _describe_not(error: ValidationError) -> str:
    names = cast("dict[str, list[str]]", error.validator_value)["required"]
    if len(names) > 1:
        return f"takes one of {_join(names)}, not both"
    return f"takes {names[0]} only when what is {names[0]}"


def _describe_any_of(error: ValidationError) -> str:
    del error
    return "must be a text, or a list of 1 to 200 texts, each of at most 2000 characters"


def _describe_pattern(error: ValidationError) -> str:
    del error
    return "may hold letters, digits, spaces, dots, dashes and underscores, at most 80 of them"


def _describe_otherwise(error: ValidationError) -> str:
    return str(error.message)


_MESSAGES: Final[Mapping[str, Callable[[ValidationError], str]]] = {
    "type": _describe_type,
    "enum": _describe_enum,
    "oneOf": _describe_one_of,
    "not": _describe_not,
    "anyOf": _describe_any_of,
    "pattern": _describe_pattern,
    "minLength": lambda error: "must not be empty",
    "maxLength": lambda error: f"is longer than {error.validator_value} characters",
    "minimum": lambda error: f"must be at least {error.validator_value}",
    "maximum": lambda error: f"must be at most {error.validator_value}",
    "exclusiveMinimum": lambda error: f"must be more than {error.validator_value}",
}


def _check_texts(
    path: str, step: Mapping[str, object], declared: Mapping[str, StepParameter]
) -> Iterator[StepError]:
    for field, where, text in _walk_texts(path, step):
        if "\x00" in text:
            yield StepError(where, "holds a NUL character")
        for inner in _BRACES.findall(text):
            name = inner.strip()
            if PLACEHOLDER.fullmatch(f"{{{{{inner}}}}}") is None:
                yield StepError(where, f'"{{{{{inner[:60]}}}}}" is not the name of a parameter')
            elif name not in declared:
                yield StepError(where, _describe_undeclared(name, declared))
            elif declared[name].secret and field != SECRET_FIELD:
                yield StepError(
                    where, f"the secret parameter {name} may stand in a {SECRET_FIELD} only"
                )


def _describe_undeclared(name: str, declared: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(declared), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"the parameter {name} is not declared{hint}"


def _walk_texts(path: str, step: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    for field, content in step.items():
        if isinstance(content, str):
            yield field, f"{path}.{field}", content
        elif isinstance(content, list):
            for index, one in enumerate(content):
                if isinstance(one, str):
                    yield field, f"{path}.{field}[{index}]", one


def _check_meaning(path: str, step: Mapping[str, object]) -> Iterator[StepError]:
    """What a schema cannot say: addresses that are never opened, broken patterns and schemas."""
    if step["kind"] == "goto":
        problem = describe_bad_url(str(step["url"]))
        if problem is not None:
            yield StepError(f"{path}.url", problem)
    if "pattern" in step:
        pattern = PLACEHOLDER.sub("x", str(step["pattern"]))
        try:
            re.compile(pattern)
        except re.error as error:
            yield StepError(f"{path}.pattern", f"is not a regular expression: {error}")
    if "schema" in step:
        fault = describe_bad_schema(cast("Mapping[str, object]", step["schema"]))
        if fault is not None:
            yield StepError(f"{path}.schema{fault[0]}", fault[1])


def _join(names: Iterable[str]) -> str:
    return ", ".join(names)
