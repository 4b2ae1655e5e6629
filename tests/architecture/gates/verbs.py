"""A verb checks its permission itself, so that no resolver, actor or rule can skip it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.accounts.permissions import PERMISSIONS
from tests.architecture.gates.source import SourceFile, Violation

HOW = "begin the verb with actor.require(<a name from domain.accounts.permissions>)"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
OUTSIDE = ("graph", "api", "workers")
UNIT, ACTOR = "UnitOfWork", "Actor"


@dataclass(frozen=True)
class Verb:
    """A public function of a domain module that works in somebody's unit of work."""

    file: SourceFile
    node: ast.FunctionDef | ast.AsyncFunctionDef
    has_actor: bool
    checks: bool


def find_unguarded_verbs(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Verbs called from outside the domain for an actor without asking what the actor may.

    A function that other verbs call after their own check is no verb of its own. `graph` may not
    call functions that work without an actor either: there is always somebody who asks.
    """
    verbs = collect_verbs(files)
    for file in files:
        if not file.is_python or file.top not in OUTSIDE:
            continue
        for node in file.nodes:
            if not isinstance(node, ast.Name | ast.Attribute):
                continue
            verb = verbs.get(file.names.resolve(node))
            if verb is None or verb.checks:
                continue
            if verb.has_actor or file.top == "graph":
                yield file.broken(node.lineno, f"{verb.node.name}() checks no permission", HOW)


def find_unknown_permissions(file: SourceFile) -> Iterator[Violation]:
    """Permissions that are required but granted by no group, because nobody knows the name."""
    if not file.is_python or not file.is_product:
        return
    constants = _constants(file)
    for node in file.nodes:
        if isinstance(node, ast.Call) and node.args and _requires(file, node):
            name = _text(node.args[0], constants)
            if name is not None and name not in PERMISSIONS:
                yield file.broken(node.lineno, f"there is no permission {name!r}", HOW)


def collect_verbs(files: Sequence[SourceFile]) -> dict[str, Verb]:
    """Public functions with a unit of work among their parameters, by their dotted name."""
    found: dict[str, Verb] = {}
    for file in files:
        if not file.is_python or file.top != "domain" or file.path.startswith("domain/shared/"):
            continue
        module = ".".join(file.pure.with_suffix("").parts).removesuffix(".__init__")
        for node in file.tree.body:
            if isinstance(node, FUNCTIONS) and not node.name.startswith("_"):
                types = _parameter_types(file, node)
                if UNIT in types:
                    checks = any(_is_check(file, statement) for statement in node.body)
                    verb = Verb(file, node, ACTOR in types, checks)
                    found[f"{module}.{node.name}"] = verb
    return found


def _parameter_types(
    file: SourceFile, node: ast.FunctionDef | ast.AsyncFunctionDef
) -> frozenset[str]:
    arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return frozenset(
        file.names.resolve(argument.annotation).rsplit(".", 1)[-1]
        for argument in arguments
        if argument.annotation is not None
    )


def _is_check(file: SourceFile, statement: ast.stmt) -> bool:
    """`actor.require(...)` as a statement of the function itself, so that no branch avoids it."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and _requires(file, statement.value)
    )


def _requires(file: SourceFile, call: ast.Call) -> bool:
    called = file.names.resolve(call.func)
    return called.endswith("actor.require") or called.endswith("graph.support.permissions.requires")


def _constants(file: SourceFile) -> Mapping[str, str]:
    return {
        statement.targets[0].id: statement.value.value
        for statement in file.tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    }


def _text(expression: ast.expr, constants: Mapping[str, str]) -> str | None:
    if isinstance(expression, ast.Constant):
        return str(expression.value)
    return constants.get(expression.id) if isinstance(expression, ast.Name) else None
