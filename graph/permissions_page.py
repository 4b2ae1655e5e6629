"""Writes docs/permissions.md from the code: `python -m graph.permissions_page`."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from strawberry import Schema
from strawberry.types.base import StrawberryObjectDefinition

from domain.accounts.permissions import EVERYBODY, OWNER, PERMISSIONS, PRESET_GROUPS
from graph.support.permissions import declared

PAGE = Path(__file__).parents[1] / "docs" / "permissions.md"
ROOTS = ("Mutation", "Subscription")
HELD, NOT_HELD = "●", ""
INTRODUCTION = """# Permissions

Written from the code by `python -m graph.permissions_page`; a test compares.

A person belongs to any number of workspaces. In each, groups hold permissions, and a person holds
what his groups hold together. It is read anew for every operation and for every event of a
subscription, so that whoever is removed, or whose group changes, feels it at once.

- Preset groups are the same in every workspace and cannot be changed. Custom groups hold any
  permissions that whoever edits them holds himself: **nobody gives or takes what he lacks**, by a
  group, by membership in one, or by an invitation.
- Everybody who is signed in holds {everybody}. An access token holds its scopes, and never
  `account.secure`. Whoever belongs to no workspace holds nothing else.
- The owner of a workspace holds {owner} beside what his groups hold. No group can hold it.
- Somebody always remains who holds `member.edit`: the last such person cannot be removed, moved to
  other groups, or leave. He may hold little else, and nobody gives what he lacks: keep two people in
  admin. The owner leaves after handing the workspace on.
- Whoever may change something sees what he changed in the answer of the mutation.
- What belongs to another workspace answers exactly as what does not exist.
"""
TEAMS = """
**red** plans the attack from the templates there are and carries it out. **blue** writes down what
was detected, with the evidence for it. **executor** runs what others planned.
"""


def render(schema: Schema) -> str:
    """The page."""
    introduction = INTRODUCTION.format(everybody=list_names(EVERYBODY), owner=list_names(OWNER))
    parts = [introduction, "## Permissions and preset groups\n", *write_groups(), TEAMS]
    parts += ["## What needs which\n", *write_fields(schema)]
    return "\n".join(parts) + "\n"


def write_groups() -> Iterator[str]:
    """A row for each permission, a column for each preset group."""
    yield write_row(["permission", "meaning", *PRESET_GROUPS])
    yield write_row(["---", "---", *(":-:" for _ in PRESET_GROUPS)])
    for name, meaning in PERMISSIONS.items():
        held = [HELD if name in group | EVERYBODY else NOT_HELD for group in PRESET_GROUPS.values()]
        yield write_row([f"`{name}`", meaning, *held])


def write_fields(schema: Schema) -> Iterator[str]:
    """Mutations and subscriptions by the permission they need; the open ones with the reason."""
    needing, opened = read_declarations(schema)
    yield write_row(["permission", "mutations and subscriptions"])
    yield write_row(["---", "---"])
    for name in PERMISSIONS:
        if name in needing:
            yield write_row([f"`{name}`", list_names(needing[name])])
    yield "\nOpen to everybody, signed in or not:\n"
    for name, why in sorted(opened.items()):
        yield f"- `{name}`: {why}"


def read_declarations(schema: Schema) -> tuple[Mapping[str, list[str]], Mapping[str, str]]:
    """What the schema declares: fields by permission, and open fields with why they are."""
    needing: dict[str, list[str]] = {}
    opened: dict[str, str] = {}
    for root in ROOTS:
        kind = schema.get_type_by_name(root)
        for field in kind.fields if isinstance(kind, StrawberryObjectDefinition) else ():
            name = schema.config.name_converter.get_graphql_name(field)
            declaration = declared(field)
            if declaration is not None and declaration.permission is not None:
                needing.setdefault(declaration.permission, []).append(name)
            elif declaration is not None:
                opened[name] = declaration.why
    return needing, opened


def list_names(names: Sequence[str] | frozenset[str]) -> str:
    """Names as code, sorted."""
    return ", ".join(f"`{name}`" for name in sorted(names))


def write_row(cells: Sequence[str]) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Rewrite the page."""
    from graph.schema import schema

    PAGE.write_text(render(schema), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
