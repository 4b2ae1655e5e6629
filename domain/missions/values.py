"""Values of parameters: what a mission keeps of them, secret ones sealed, and which one applies.

A test's own default is the weakest (a position of a scenario may have replaced it when the mission
was made), then the mission's value, then the value given for one run.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.shared.checks import Checks, FieldPath
from domain.shared.crypto import Sealer
from domain.shared.database import JsonObject
from domain.templates.rules import Parameter, ParameterValue, check_value

PLAIN = "value"
SEALED = "sealed"
Declared = Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class ParameterState:
    """A parameter of a mission as people may see it: `value` is `None` for every secret one.

    `is_required`: some test has no default for it.
    """

    name: str
    secret: bool
    value: str | None
    is_set: bool
    is_required: bool


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens the secret values of one mission; elsewhere they open nothing."""

    sealer: Sealer
    mission_id: UUID

    def seal(self, name: str, value: str) -> str:
        """Encrypt the value of a parameter."""
        return self.sealer.seal(value, belongs_to=self._owner(name))

    def open(self, name: str, sealed: str) -> str:
        """Decrypt what `seal` returned for the same parameter.

        Raises:
            SealBroken: it was sealed for another parameter or mission, or with another key.
        """
        return self.sealer.open(sealed, belongs_to=self._owner(name))

    def _owner(self, name: str) -> str:
        return name_owner(self.mission_id, name)


def name_owner(mission_id: UUID, name: str) -> str:
    """What the value of a secret parameter belongs to, so that it opens nowhere else."""
    return f"mission:{mission_id}:{name}"


def rewrite_sealed(mission_id: UUID, stored: object, reseal: Callable[[str, str], str]) -> object:
    """What a mission keeps, with each sealed value and its owner passed through `reseal`."""
    if not isinstance(stored, dict):
        return stored
    sealed = {
        name: {SEALED: reseal(value, name_owner(mission_id, name))}
        for name, value in read_sealed(stored).items()
    }
    return {**stored, **sealed}


def list_secret_names(declarations: Iterable[Declared]) -> dict[str, bool]:
    """Every name that some test declares, and whether it is secret in any of them."""
    secret: dict[str, bool] = {}
    for declared in declarations:
        for name, parameter in declared.items():
            secret[name] = secret.get(name, False) or parameter.secret
    return secret


def list_disputed_names(declarations: Iterable[Declared]) -> list[str]:
    """Names that are secret in one test and plain in another, which could then show the value."""
    natures: dict[str, set[bool]] = {}
    for declared in declarations:
        for name, parameter in declared.items():
            natures.setdefault(name, set()).add(parameter.secret)
    return sorted(name for name, seen in natures.items() if len(seen) > 1)


def check_values(
    checks: Checks, given: Sequence[ParameterValue], known: Mapping[str, bool]
) -> dict[str, str | None]:
    """Check values for parameters of a mission; a name no test declares is a slip of the pen."""
    values: dict[str, str | None] = {}
    for index, one in enumerate(given):
        path: FieldPath = ("parameters", str(index))
        if one.name not in known:
            checks.refuse((*path, "name"), "No test of this mission declares this parameter.")
        elif one.name in values:
            checks.refuse((*path, "name"), "This parameter has a value already.")
        else:
            if one.value is not None:
                check_value(checks, one.value, (*path, "value"))
            values[one.name] = one.value
    return values


def change_stored(
    stored: JsonObject,
    changes: Mapping[str, str | None],
    secret: Mapping[str, bool],
    vault: Vault,
) -> JsonObject:
    """What a mission keeps after the changes; `None` takes a value away."""
    kept = {name: value for name, value in stored.items() if name not in changes}
    for name, value in changes.items():
        if value is not None:
            kept[name] = {SEALED: vault.seal(name, value)} if secret[name] else {PLAIN: value}
    return kept


def read_plain(stored: JsonObject) -> dict[str, str]:
    """The values of a mission that anybody who reads it may see."""
    return _pick(stored, PLAIN)


def read_sealed(stored: JsonObject) -> dict[str, str]:
    """The sealed values of a mission."""
    return _pick(stored, SEALED)


def merge_plain(declared: Declared, stored: JsonObject, given: Mapping[str, str]) -> dict[str, str]:
    """The values that apply to the plain parameters of one test; those without any are absent."""
    plain = [name for name, parameter in declared.items() if not parameter.secret]
    ours = read_plain(stored)
    merged: dict[str, str] = {}
    for name in plain:
        value = given.get(name, ours.get(name, declared[name].default))
        if value is not None:
            merged[name] = value
    return merged


def list_missing(declared: Declared, stored: JsonObject, given: Mapping[str, str]) -> list[str]:
    """Names of the parameters of one test that have no value from anywhere."""
    present = merge_plain(declared, stored, given).keys() | read_sealed(stored).keys()
    return sorted(declared.keys() - present)


def describe_values(declarations: Iterable[Declared], stored: JsonObject) -> list[ParameterState]:
    """Every parameter of a mission by name, without any secret value."""
    every = list(declarations)
    plain, sealed = read_plain(stored), read_sealed(stored)
    required = {
        name
        for declared in every
        for name, parameter in declared.items()
        if parameter.default is None
    }
    return [
        ParameterState(
            name=name,
            secret=secret,
            value=None if secret else plain.get(name),
            is_set=name in plain or name in sealed,
            is_required=name in required,
        )
        for name, secret in sorted(list_secret_names(every).items())
    ]


def _pick(stored: JsonObject, kind: str) -> dict[str, str]:
    return {
        name: str(value[kind])
        for name, value in stored.items()
        if isinstance(value, dict) and kind in value
    }
