"""A verb checks its permission itself, so that no resolver, actor or rule can skip it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.accounts.permissions import PERMISSIONS
from tests.architecture.gates.source import SourceFile, Violation

HOW = "begin the verb with actor.require(<a name from domain.accounts.permissions>)"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DECLARATIONS = frozenset(
    {
        "graph.support.permissions.requires",
        "graph.support.fields.mutation",
        "graph.support.fields.subscription",
    }
)
OUTSIDE = ("graph", "api", "workers")
UNIT, ACTOR = "UnitOfWork", "Actor"


@dataclass(frozen=True)
class Verb:
    """A public function of a domain module that works in somebody's unit of work."""

    file: SourceFile
    node: ast.FunctionDef | ast.AsyncFunctionDef
    has_actor: bool
    checks: bool
    permissions: frozenset[str]


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


def find_unknown_permissions(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Permissions that are required but granted by no group, because nobody knows the name."""
    constants = collect_constants(files)
    for file in files:
        for node in file.nodes if file.is_python and file.is_product else ():
            if isinstance(node, ast.Call) and node.args and _requires(file, node):
                name = _text(file, node.args[0], constants)
                if name is not None and name not in PERMISSIONS:
                    yield file.broken(node.lineno, f"there is no permission {name!r}", HOW)


def collect_verbs(files: Sequence[SourceFile]) -> dict[str, Verb]:
    """Public functions with a unit of work among their parameters, by their dotted name."""
    found: dict[str, Verb] = {}
    constants = collect_constants(files)
    for file in files:
        if not file.is_python or file.top != "domain" or file.path.startswith("domain/shared/"):
            continue
        module = _module_of(file)
        for node in file.tree.body:
            if isinstance(node, FUNCTIONS) and not node.name.startswith("_"):
                types = _parameter_types(file, node)
                if UNIT in types:
                    checks = [one for one in node.body if _is_check(file, one)]
                    required = frozenset(
                        name
                        for one in checks
                        for name in _required(file, one, constants)
                        if name is not None
                    )
                    verb = Verb(file, node, ACTOR in types, bool(checks), required)
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


def _required(
    file: SourceFile, check: ast.stmt, constants: Mapping[str, str]
) -> Iterator[str | None]:
    for node in ast.walk(check):
        if isinstance(node, ast.Call) and node.args and _requires(file, node):
            yield _text(file, node.args[0], constants)


def _requires(file: SourceFile, call: ast.Call) -> bool:
    called = file.names.resolve(call.func)
    return called.endswith("actor.require") or called in DECLARATIONS


def collect_constants(files: Sequence[SourceFile]) -> dict[str, str]:
    """Text constants of the product's modules by their dotted name."""
    return {
        f"{_module_of(file)}.{statement.targets[0].id}": statement.value.value
        for file in files
        if file.is_python and file.is_product
        for statement in file.tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    }


def _text(file: SourceFile, expression: ast.expr, constants: Mapping[str, str]) -> str | None:
    """The value of a text or of a constant, of this module or an imported one."""
    if isinstance(expression, ast.Constant):
        return str(expression.value)
    origin = file.names.resolve(expression)
    return constants.get(origin, constants.get(f"{_module_of(file)}.{origin}"))


def _module_of(file: SourceFile) -> str:
    return ".".join(file.pure.with_suffix("").parts).removesuffix(".__init__")
