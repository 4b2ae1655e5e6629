"""ORM relations never load by themselves: a forgotten join is an error, not a query per row."""

import ast
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

HOW = 'declare it with lazy="raise" and load it in the repository that needs it'
RELATIONS = frozenset({"relationship", "relation", "dynamic_loader", "backref"})
LAZY_LOADERS = frozenset({"lazyload", "awaitable_attrs", "AsyncAttrs", "immediateload"})


def find_lazy_relations(file: SourceFile) -> Iterator[Violation]:
    """Relations without `lazy="raise"`, and the ways around it."""
    if not file.is_python or not file.is_product:
        return
    for node in file.nodes:
        if isinstance(node, ast.Call):
            yield from _check_call(file, node)
        elif isinstance(node, ast.Name | ast.Attribute):
            name = file.names.resolve(node).rsplit(".", 1)[-1]
            if name in LAZY_LOADERS:
                yield file.broken(node.lineno, f"{name} loads rows behind the reader", HOW)


def _check_call(file: SourceFile, node: ast.Call) -> Iterator[Violation]:
    origin = file.names.resolve(node.func)
    name = origin.rsplit(".", 1)[-1]
    if origin == "functools.partial" and node.args:
        origin = file.names.resolve(node.args[0])
        name = origin.rsplit(".", 1)[-1]
    if name not in RELATIONS or not origin.startswith("sqlalchemy"):
        return
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    lazy = given.get("lazy")
    if name != "relationship" or not isinstance(lazy, ast.Constant) or lazy.value != "raise":
        yield file.broken(node.lineno, f"a {name}() that loads lazily", HOW)
    if "backref" in given:
        yield file.broken(node.lineno, "a backref, which loads lazily", "use back_populates")
