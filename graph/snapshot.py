"""Writes graph/schema.graphql, the sorted schema that is committed: `python -m graph.snapshot`."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from graphql import Node, Visitor, parse, print_ast, visit
from strawberry import Schema

SNAPSHOT = Path(__file__).with_name("schema.graphql")
SORTED_PARTS = ("definitions", "fields", "arguments", "values", "types", "interfaces", "locations")
NodeT = TypeVar("NodeT", bound=Node)


class Sorting(Visitor):
    """Puts the parts of every definition in the order of their names.

    The syntax is sorted, not the schema: a schema object forgets which directives its fields carry.
    """

    def leave(self, node: Node, *_: object) -> Node:
        """A copy of the node whose parts, sorted themselves by now, are in order."""
        found = {part: getattr(node, part, None) for part in SORTED_PARTS}
        parts = {
            part: sort_by_name(all_) for part, all_ in found.items() if isinstance(all_, tuple)
        }
        return replace(node, **parts)  # type: ignore[arg-type]  # which parts depends on the kind


def sort_by_name(nodes: Sequence[NodeT]) -> tuple[NodeT, ...]:
    """Nodes by the word they start with, then by name; the schema definition has none."""
    return tuple(sorted(nodes, key=name_of))


def name_of(node: Node) -> str:
    """The name of a definition, field, argument, type or directive location."""
    name = getattr(node, "name", node)
    return str(getattr(name, "value", ""))


def render(schema: Schema) -> str:
    """The schema as text, in an order that does not depend on the order of the code."""
    document = parse(schema.as_str(), no_location=True)
    return print_ast(visit(document, Sorting())) + "\n"


def main() -> int:
    """Rewrite the snapshot and say whether it changed."""
    from graph.schema import schema

    before = SNAPSHOT.read_text(encoding="utf-8") if SNAPSHOT.exists() else ""
    after = render(schema)
    SNAPSHOT.write_text(after, encoding="utf-8")
    sys.stdout.write(f"{SNAPSHOT.name}: {'unchanged' if before == after else 'rewritten'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
