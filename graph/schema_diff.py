"""What changed in the API since the last release, and what of it may: `python -m graph.schema_diff`.

With `--release`, the committed schema becomes the released one.
"""

import argparse
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from graphql import (
    BreakingChangeType,
    DangerousChangeType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    SafeChangeType,
    SchemaChange,
    build_schema,
    find_schema_changes,
    get_named_type,
)
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graph.snapshot import SNAPSHOT
from graph.support.deprecations import Deprecation, find_deprecations, read_deprecation

RELEASED = SNAPSHOT.with_name("released.graphql")
EXEMPTIONS = SNAPSHOT.with_name("breaking_changes.toml")
HOW = (
    "keep it and deprecate it (graph/support/deprecations.py): it may go after the date that a "
    f"released deprecation names. Where that cannot be, give the reason in {EXEMPTIONS.name}"
)
MIN_REASON_WORDS = 4
REMOVED = re.compile(
    r"(?:(?:Field|Argument|Enum value) |Standard scalar |)([\w.@():]+) was removed"
)


class Severity(StrEnum):
    """What a change does to the clients there are."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"
    SAFE = "safe"


COLOURS = {Severity.BREAKING: "red", Severity.DANGEROUS: "yellow", Severity.SAFE: "green"}


@dataclass(frozen=True, slots=True)
class Exemption:
    """A breaking change that somebody decided on, without notice to clients."""

    what: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; a breaking one may happen where `allowed` says why."""

    severity: Severity
    what: str
    allowed: str = ""

    @property
    def is_forbidden(self) -> bool:
        """Whether it breaks clients without reason or notice."""
        return self.severity is Severity.BREAKING and not self.allowed


def compare(
    released: GraphQLSchema,
    current: GraphQLSchema,
    exemptions: Sequence[Exemption] = (),
    today: date | None = None,
) -> list[Change]:
    """All changes but those of descriptions, the breaking ones first."""
    listed = {one.what: f"listed on {one.on}: {one.reason}" for one in exemptions}
    changes = find_schema_changes(released, current)
    announced = find_announced(released, changes, today or datetime.now(UTC).date())
    found = [
        Change(severity, one.description, listed.get(one.description) or announced.get(name, ""))
        for one in changes
        if one.type is not SafeChangeType.DESCRIPTION_CHANGED
        for severity, name in [(severity_of(one), removed_name(one))]
    ]
    for change in compare_deprecations(released, current):
        found.append(Change(change.severity, change.what, listed.get(change.what, "")))
    order = list(Severity)
    return sorted(found, key=lambda one: (order.index(one.severity), one.what))


def severity_of(change: SchemaChange) -> Severity:
    """What graphql-core thinks of a change."""
    if isinstance(change.type, BreakingChangeType):
        return Severity.BREAKING
    return Severity.DANGEROUS if isinstance(change.type, DangerousChangeType) else Severity.SAFE


def removed_name(change: SchemaChange) -> str:
    """The coordinate of what was removed: `Mission.name`, `Query.missions(first:)`, `Mission`."""
    found = REMOVED.match(change.description)
    is_breaking = isinstance(change.type, BreakingChangeType)
    return found[1] if found is not None and is_breaking else ""


def find_announced(
    released: GraphQLSchema, changes: Sequence[SchemaChange], today: date
) -> Mapping[str, str]:
    """Why things may be gone: their date is over, or all that led to them has gone so."""
    removed = {removed_name(change) for change in changes} - {""}
    ended = {
        name: f"deprecated on {known.on}, kept until {known.until}"
        for name, known in read_deprecations(released).items()
        if name in removed and known.until < today
    }
    uses = find_uses(released)
    while True:
        unreachable = {
            name: "nothing that stays led to it"
            for name in removed - ended.keys()
            if uses[name] and all(not place.isdisjoint(ended) for place in uses[name])
        }
        if not unreachable:
            return ended
        ended |= unreachable


def find_uses(schema: GraphQLSchema) -> Mapping[str, list[frozenset[str]]]:
    """For each type the places that name it; a place is gone with any of its coordinates."""
    uses: dict[str, list[frozenset[str]]] = defaultdict(list)
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for key, field in kind.fields.items():
                place = frozenset((name, f"{name}.{key}"))
                uses[get_named_type(field.type).name].append(place)
                for word, argument in field.args.items():
                    inner = place | {f"{name}.{key}({word}:)"}
                    uses[get_named_type(argument.type).name].append(inner)
            for interface in kind.interfaces:
                uses[name].append(frozenset((interface.name,)))
        elif isinstance(kind, GraphQLInputObjectType):
            for key, input_field in kind.fields.items():
                place = frozenset((name, f"{name}.{key}"))
                uses[get_named_type(input_field.type).name].append(place)
        elif isinstance(kind, GraphQLUnionType):
            for member in kind.types:
                uses[member.name].append(frozenset((name,)))
    return uses


def compare_deprecations(released: GraphQLSchema, current: GraphQLSchema) -> Iterator[Change]:
    """New deprecations, and promised dates that were moved forward."""
    before, after = read_deprecations(released), read_deprecations(current)
    for name, known in after.items():
        promised = before.get(name)
        if promised is None:
            yield Change(Severity.SAFE, f"{name} was deprecated: {known}")
        elif known.until < promised.until:
            what = f"{name} was promised until {promised.until}, now until {known.until}."
            yield Change(Severity.BREAKING, what)


def read_deprecations(schema: GraphQLSchema) -> Mapping[str, Deprecation]:
    """Deprecations with a date, by coordinate; without one nothing was promised."""
    found = {}
    for name, text in find_deprecations(schema):
        try:
            found[name] = read_deprecation(text)
        except ValueError:
            continue
    return found


def read_exemptions(text: str) -> list[Exemption]:
    """The list of breaking changes that somebody decided on.

    Raises:
        ValueError: An entry does not say what, when and why.
    """
    found = []
    for entry in tomllib.loads(text).get("change", []):
        what, on, reason = (entry.get(key) for key in ("what", "on", "reason"))
        is_whole = isinstance(what, str) and type(on) is date and isinstance(reason, str)
        if not is_whole or len(reason.split()) < MIN_REASON_WORDS:
            raise ValueError(f"say what changes, when and why, in a sentence: {entry}")
        found.append(Exemption(what, on, reason))
    return found


def find_idle(exemptions: Sequence[Exemption], changes: Sequence[Change]) -> list[Exemption]:
    """Entries for what is no breaking change: they would let a later one pass unseen."""
    breaking = {one.what for one in changes if one.severity is Severity.BREAKING}
    return [one for one in exemptions if one.what not in breaking]


def read_committed() -> tuple[list[Change], list[Exemption]]:
    """What changed between the two committed schemas, and the list of exemptions."""
    exemptions = read_exemptions(EXEMPTIONS.read_text(encoding="utf-8"))
    released, current = (build_schema(path.read_text("utf-8")) for path in (RELEASED, SNAPSHOT))
    return compare(released, current, exemptions), exemptions


def release() -> None:
    """Make the committed schema the released one; exemptions are over with it."""
    RELEASED.write_text(SNAPSHOT.read_text("utf-8"), "utf-8")
    lines = EXEMPTIONS.read_text("utf-8").splitlines(keepends=True)
    EXEMPTIONS.write_text("".join(one for one in lines if one.startswith("#")), "utf-8")


def draw(changes: Sequence[Change]) -> Table:
    """The changes for a terminal."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    for heading in ("", "what", "why it may be"):
        table.add_column(heading, overflow="fold")
    for change in changes:
        why = Text("it may not", "red") if change.is_forbidden else Text(change.allowed)
        table.add_row(Text(change.severity, COLOURS[change.severity]), Text(change.what), why)
    return table


def main(words: Sequence[str] | None = None) -> int:
    """Print the changes; with `--release` begin anew, unless something may not be."""
    parser = argparse.ArgumentParser(prog="python -m graph.schema_diff", description=__doc__)
    parser.add_argument("--release", action="store_true", help="begin anew from today's schema")
    wants_release = parser.parse_args(words).release
    changes, _ = read_committed()
    console = Console()
    console.print(draw(changes) if changes else "The API is that of the last release.")
    forbidden = sum(one.is_forbidden for one in changes)
    if forbidden:
        console.print(f"{forbidden} breaking: {HOW}.")
    if wants_release and not forbidden:
        release()
        console.print(f"{RELEASED.name} is today's schema now.")
    return int(wants_release and forbidden > 0)


if __name__ == "__main__":
    sys.exit(main())
