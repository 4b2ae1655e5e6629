"""Small pieces: no file over 400 lines, no function over 60, nested or embedded code included."""

import ast
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MEASURED_SUFFIXES = frozenset({".py", ".pyi", ".js", ".mjs", ".ts", ".css", ".html", ".j2", ".sql"})

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def find_long_files(file: SourceFile) -> Iterator[Violation]:
    """Files somebody has to scroll through to understand."""
    is_script = not file.pure.suffix or file.pure.name in ("Makefile", "Dockerfile")
    if file.is_vendored or not (is_script or file.pure.suffix in MEASURED_SUFFIXES):
        return
    if len(file.lines) > MAX_FILE_LINES:
        yield file.broken(
            MAX_FILE_LINES + 1,
            f"the file has {len(file.lines)} lines, {MAX_FILE_LINES} are allowed",
            "split it along what its parts are for",
        )


def find_long_functions(file: SourceFile) -> Iterator[Violation]:
    """Python functions over the limit, counted with decorators and everything nested inside."""
    if not file.is_python:
        return
    for node in file.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            yield from _measure(file, first, node, f"{getattr(node, 'name', 'a lambda')}()")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _measure(file, node.lineno, node, "a string literal")
    for body in _outer_bodies(file.tree):
        for node in body:
            if isinstance(node, BLOCKS):
                yield from _measure(file, node.lineno, node, "a block outside any function")


def _outer_bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """The bodies that no function measures: the module's and those of its classes."""
    pending: list[ast.Module | ast.ClassDef] = [tree]
    while pending:
        node = pending.pop()
        yield node.body
        pending.extend(child for child in node.body if isinstance(child, ast.ClassDef))


def _measure(
    file: SourceFile, first: int, node: ast.stmt | ast.expr, name: str
) -> Iterator[Violation]:
    length = (node.end_lineno or first) - first + 1
    if length > MAX_FUNCTION_LINES:
        yield file.broken(
            first,
            f"{name} has {length} lines, {MAX_FUNCTION_LINES} are allowed",
            "name its steps as functions of their own, or move the text to a file",
        )
