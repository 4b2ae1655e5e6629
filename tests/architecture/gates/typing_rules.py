"""Signatures of the domain say what they take: `Any` appears in none of them."""

import ast
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

HOW = "name the type: a dataclass, a NewType, JsonValue, object with a check, or a type variable"
ANY = frozenset({"typing.Any", "typing_extensions.Any"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def find_any_in_signatures(file: SourceFile) -> Iterator[Violation]:
    """`Any` in parameters, results, fields and type aliases; a local variable may hold one."""
    if not file.is_python or file.top != "domain":
        return
    for node in file.nodes:
        for annotation in _annotations(node):
            if _mentions_any(file, annotation):
                yield file.broken(annotation.lineno, "Any in a signature", HOW)
    for body in (file.tree.body, *(n.body for n in file.nodes if isinstance(n, ast.ClassDef))):
        for statement in body:
            yield from _check_outer_statement(file, statement)


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, FUNCTIONS):
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        for argument in (*every, arguments.vararg, arguments.kwarg):
            if argument is not None and argument.annotation is not None:
                yield argument.annotation
        if node.returns is not None:
            yield node.returns


def _check_outer_statement(file: SourceFile, statement: ast.stmt) -> Iterator[Violation]:
    """Fields of classes, and aliases such as `Json = dict[str, Any]` that would carry it along."""
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    is_broken = value is not None and _mentions_any(file, value, quoted=False)
    if isinstance(statement, ast.AnnAssign):
        is_alias = file.names.resolve(statement.annotation).endswith("TypeAlias")
        is_broken |= _mentions_any(file, statement.annotation)
        is_broken |= is_alias and value is not None and _mentions_any(file, value)
    if is_broken:
        yield file.broken(statement.lineno, "Any in a field or alias", HOW)


def _mentions_any(file: SourceFile, annotation: ast.expr, *, quoted: bool = True) -> bool:
    for node in ast.walk(annotation):
        is_name = isinstance(node, ast.Name | ast.Attribute)
        if is_name and file.names.resolve(node) in ANY:
            return True
        if quoted and isinstance(node, ast.Constant) and _parses_to_any(file, node.value):
            return True
    return False


def _parses_to_any(file: SourceFile, text: object) -> bool:
    """Look into a quoted annotation; text that is no expression names no type."""
    if not isinstance(text, str):
        return False
    try:
        expression = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return False
    return not isinstance(expression, ast.Constant) and _mentions_any(file, expression)
