"""Errors are handled where they are understood; only a process edge catches everything."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

HOW = (
    "catch what you expect; at a process edge say why in a comment on the line (with noqa: BLE001)"
)
BROAD = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "builtins.")
    for name in ("Exception", "BaseException", "ExceptionGroup", "BaseExceptionGroup")
)
MIN_REASON_WORDS = 3
_REASON = re.compile(r"#\s*(?:noqa:\s*BLE001)?\s*[-:,#(]*\s*(?P<words>.*)$")


def find_broad_handlers(file: SourceFile) -> Iterator[Violation]:
    """Handlers that catch everything and neither raise it again nor say why they do not."""
    if not file.is_python:
        return
    functions = file.nodes if ".cancel" in file.text else ()
    canceling = {id(node) for function in functions for node in _nodes_if_canceling(function)}
    for node in file.nodes:
        if isinstance(node, ast.ExceptHandler):
            is_broad = node.type is None or _is_broad(file, node.type)
            if is_broad and not _raises_again(node) and not _has_reason(file, node.lineno):
                yield file.broken(node.lineno, "everything is caught without a reason", HOW)
            elif is_broad and _is_silent(node):
                yield file.broken(
                    node.lineno, "everything is caught and dropped", "log it at least"
                )
        elif isinstance(node, ast.Expr) and _drops_gathered_errors(file, node.value):
            if id(node) in canceling:
                continue
            yield file.broken(node.lineno, "gathered errors are dropped", "look at the results")
        elif isinstance(node, ast.Call):
            is_suppress = file.names.resolve(node.func) == "contextlib.suppress"
            if is_suppress and any(_is_broad(file, argument) for argument in node.args):
                yield file.broken(node.lineno, "everything is suppressed", HOW)


def _nodes_if_canceling(function: ast.AST) -> Iterator[ast.AST]:
    """Whoever cancels tasks waits for them to end, and knows what they will raise."""
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        inside = list(ast.walk(function))
        if any(isinstance(node, ast.Attribute) and node.attr == "cancel" for node in inside):
            yield from inside


def _drops_gathered_errors(file: SourceFile, statement: ast.expr) -> bool:
    """`gather(..., return_exceptions=True)` as a statement forgets every error there was."""
    call = statement.value if isinstance(statement, ast.Await) else statement
    if not isinstance(call, ast.Call) or file.names.resolve(call.func) != "asyncio.gather":
        return False
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    flag = given.get("return_exceptions")
    return flag is not None and not (isinstance(flag, ast.Constant) and flag.value is False)


def _is_broad(file: SourceFile, caught: ast.expr) -> bool:
    if isinstance(caught, ast.Tuple | ast.List | ast.Set):
        return any(_is_broad(file, element) for element in caught.elts)
    if isinstance(caught, ast.Starred):
        return _is_broad(file, caught.value)
    if isinstance(caught, ast.Name):
        tuples = [
            node.value
            for node in file.nodes
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(node.value, ast.Tuple | ast.List)
            and caught.id in _assigned_names(node)
        ]
        if any(_is_broad(file, found) for found in tuples):
            return True
    return file.names.resolve(caught) in BROAD


def _assigned_names(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether every path through the handler ends in a raise."""
    return _always_raises(handler.body)


def _always_raises(body: list[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, ast.Raise):
        return True
    if isinstance(last, ast.If):
        return bool(last.orelse) and _always_raises(last.body) and _always_raises(last.orelse)
    if isinstance(last, ast.With | ast.AsyncWith):
        return _always_raises(last.body)
    return False


def _has_reason(file: SourceFile, line: int) -> bool:
    text = file.line_of(line)
    found = _REASON.search(text[text.find("#") :]) if "#" in text else None
    return found is not None and len(found.group("words").split()) >= MIN_REASON_WORDS


def _is_silent(handler: ast.ExceptHandler) -> bool:
    """A body of `pass`, `continue` or `...` does nothing with what it caught."""
    return all(
        isinstance(statement, ast.Pass | ast.Continue)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in handler.body
    )
