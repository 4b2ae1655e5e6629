"""What a template may hold: pure checks of names, tags, parameters and steps."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from domain.shared.checks import Checks, FieldPath, GivenName, is_encodable
from domain.shared.database import JsonObject
from domain.templates.models import Healing, TestKind
from domain.templates.steps import StepParameter, validate_steps

TAGS_MOST: Final = 50
TAG_LENGTH: Final = 60
PARAMETERS_MOST: Final = 100
VALUE_LENGTH: Final = 20_000
NOTE_LENGTH: Final = 1_000
INSTRUCTIONS_MOST: Final = 200
INSTRUCTION_LENGTH: Final = 5_000
TIMEOUT_SECONDS_MOST: Final = 86_400
POSITIONS_MOST: Final = 500

PARAMETER_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_STEP_PATH: Final = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that a test declares.

    A secret one has no default: its value is given to a mission, where it is sealed.
    """

    name: str
    default: str | None = None
    secret: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """A value for a declared parameter; `None` takes a value away. It may be secret: never shown."""

    name: str
    value: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class TestContent:
    """Everything of a test that people write; the kind decides what `steps` may be."""

    __test__ = False

    name: str
    kind: TestKind
    steps: object
    description: str = ""
    parameters: Sequence[Parameter] = ()
    tags: Sequence[str] = ()
    timeout_seconds: int = 120
    healing: Healing = Healing.HEAL


@dataclass(frozen=True, slots=True)
class CheckedTest:
    """The content of a test as it is stored."""

    name: str
    description: str
    steps: list[object]
    parameters: JsonObject
    tags: list[str]
    timeout_seconds: int


def check_test(content: TestContent) -> CheckedTest:
    """Check and normalise the content of a test.

    Raises:
        Invalid: with the path of everything that is wrong.
    """
    checks = Checks()
    checked = CheckedTest(
        name=checks.name(content.name, ("name",)),
        description=checks.text(content.description.strip(), ("description",)),
        steps=_check_steps(checks, content),
        parameters=_check_parameters(checks, content.parameters),
        tags=_check_tags(checks, content.tags),
        timeout_seconds=content.timeout_seconds,
    )
    if not 1 <= content.timeout_seconds <= TIMEOUT_SECONDS_MOST:
        checks.refuse(
            ("timeout_seconds",), f"This must be between 1 and {TIMEOUT_SECONDS_MOST} seconds."
        )
    checks.settle()
    return checked


def read_parameters(declared: Mapping[str, object]) -> dict[str, Parameter]:
    """The parameters that a stored test declares, by name and in the order of their names."""
    found: dict[str, Parameter] = {}
    for name, fields in sorted(declared.items()):
        if isinstance(fields, dict):
            default = fields.get("default")
            found[name] = Parameter(
                name=name,
                default=None if default is None else str(default),
                secret=bool(fields.get("secret")),
                description=str(fields.get("description", "")),
            )
    return found


def write_parameters(parameters: Iterable[Parameter]) -> JsonObject:
    """The inverse of `read_parameters`."""
    return {
        parameter.name: {
            "default": parameter.default,
            "secret": parameter.secret,
            "description": parameter.description,
        }
        for parameter in parameters
    }


def check_overrides(
    checks: Checks,
    path: FieldPath,
    overrides: Sequence[ParameterValue],
    declared: Mapping[str, Parameter],
) -> JsonObject:
    """Check the values that one position of a scenario gives to the parameters of its test."""
    values: JsonObject = {}
    for index, override in enumerate(overrides):
        here = (*path, str(index))
        parameter = declared.get(override.name)
        if parameter is None:
            checks.refuse((*here, "name"), "The test declares no parameter of this name.")
        elif parameter.secret:
            checks.refuse((*here, "name"), "A secret value is given to a mission, not here.")
        elif override.name in values:
            checks.refuse((*here, "name"), "This parameter has a value already.")
        elif override.value is not None:
            values[override.name] = check_value(checks, override.value, (*here, "value"))
    return values


def apply_overrides(declared: JsonObject, overrides: Mapping[str, object]) -> JsonObject:
    """The declaration with the values of one position as defaults.

    A value whose parameter was taken away or made secret since then is dropped.
    """
    return write_parameters(
        replace(parameter, default=str(overrides[name]))
        if name in overrides and not parameter.secret
        else parameter
        for name, parameter in read_parameters(declared).items()
    )


def check_value(checks: Checks, value: str, path: FieldPath) -> str:
    """Check the value of a parameter; white space at its ends belongs to it."""
    return checks.text(value, path, longest=VALUE_LENGTH)


def _check_steps(checks: Checks, content: TestContent) -> list[object]:
    steps = content.steps
    if content.kind == TestKind.MANUAL:
        return _check_instructions(checks, steps)
    declared = [StepParameter(one.name, one.secret) for one in content.parameters]
    errors = validate_steps(steps, declared)
    for error in errors:
        checks.refuse(tuple(map(GivenName, _STEP_PATH.findall(error.path))), error.message)
    if errors or not isinstance(steps, list):
        return []
    if not is_encodable(json.dumps(steps, ensure_ascii=False)):
        checks.refuse(("steps",), "A step holds half of a surrogate pair.")
    return steps


def _check_instructions(checks: Checks, steps: object) -> list[object]:
    """The steps of a manual test are sentences for the person who carries it out."""
    if not isinstance(steps, list):
        checks.refuse(("steps",), "The steps of a manual test are a list of texts.")
        return []
    if len(steps) > INSTRUCTIONS_MOST:
        checks.refuse(("steps",), f"These are more than {INSTRUCTIONS_MOST} steps.")
    instructions: list[object] = []
    for index, step in enumerate(steps[:INSTRUCTIONS_MOST]):
        path = ("steps", str(index))
        if not isinstance(step, str):
            checks.refuse(path, "The step of a manual test is a text.")
        elif not step.strip():
            checks.refuse(path, "This must not be empty.")
        else:
            instructions.append(checks.text(step.strip(), path, longest=INSTRUCTION_LENGTH))
    return instructions


def _check_parameters(checks: Checks, parameters: Sequence[Parameter]) -> JsonObject:
    if len(parameters) > PARAMETERS_MOST:
        checks.refuse(("parameters",), f"These are more than {PARAMETERS_MOST} parameters.")
    seen: set[str] = set()
    for index, parameter in enumerate(parameters[:PARAMETERS_MOST]):
        path = ("parameters", str(index))
        if PARAMETER_NAME.fullmatch(parameter.name) is None:
            checks.refuse(
                (*path, "name"),
                "A name has up to 64 letters, digits and underscores, and starts with no digit.",
            )
        if parameter.name in seen:
            checks.refuse((*path, "name"), "There is another parameter of this name.")
        seen.add(parameter.name)
        if parameter.default is not None:
            check_value(checks, parameter.default, (*path, "default"))
            if parameter.secret:
                checks.refuse((*path, "default"), "A secret parameter has no default.")
        checks.text(parameter.description, (*path, "description"), longest=NOTE_LENGTH)
    return write_parameters(parameters)


def _check_tags(checks: Checks, tags: Sequence[str]) -> list[str]:
    if len(tags) > TAGS_MOST:
        checks.refuse(("tags",), f"These are more than {TAGS_MOST} tags.")
    cleaned = [
        checks.name(tag, ("tags", str(index)), longest=TAG_LENGTH)
        for index, tag in enumerate(tags[:TAGS_MOST])
    ]
    return list(dict.fromkeys(cleaned))
