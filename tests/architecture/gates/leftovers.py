"""Nothing unfinished is committed: no reminders, no stubs, no code that only pretends."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

HOW = "finish it, or leave it out and record the limit where a user reads it"
# Spelled in halves, so that the rule does not break itself.
REMINDERS = re.compile(
    r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b"
)
QUIET_REMINDERS = re.compile(r"(?:#|//|--|<!--)\s*(?:" + "to" + r"do|fix" + r"me)\b", re.IGNORECASE)
UNFINISHED = "NotImplemented" + "Error"
ABSTRACT = frozenset({"abc.abstractmethod", "abstractmethod", "typing.overload", "overload"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def find_reminders(file: SourceFile) -> Iterator[Violation]:
    """Notes to do something later, in any kind of text file."""
    if file.is_vendored or file.pure.suffix in (".txt", ".json") or file.top == "locks":
        return
    for number, line in enumerate(file.lines, 1):
        found = REMINDERS.search(line) or QUIET_REMINDERS.search(line)
        if found:
            yield file.broken(number, f"a reminder: {found.group()!r}", HOW)


def find_stubs(file: SourceFile) -> Iterator[Violation]:
    """Functions that raise "not implemented", or whose body is only `pass`, `...` or a text."""
    if not file.is_python:
        return
    for node in file.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and _is_unfinished(file, node):
            yield file.broken(node.lineno, f"{UNFINISHED} marks a stub", HOW)
        elif isinstance(node, ast.Raise) and _raises_constant(file, node):
            yield file.broken(node.lineno, "NotImplemented is raised", HOW)
    described = {
        id(member)
        for owner in file.nodes
        if isinstance(owner, ast.ClassDef) and _is_protocol(file, owner)
        for member in owner.body
    }
    for member in file.nodes:
        if not isinstance(member, FUNCTIONS) or id(member) in described:
            continue
        if _is_empty(member) and not _is_abstract(file, member):
            yield file.broken(member.lineno, f"{member.name}() does nothing", HOW)


def _is_unfinished(file: SourceFile, node: ast.Name | ast.Attribute) -> bool:
    return file.names.resolve(node).rsplit(".", 1)[-1] == UNFINISHED


def _raises_constant(file: SourceFile, node: ast.Raise) -> bool:
    raised = file.names.resolve(node.exc) if node.exc is not None else ""
    return raised.removesuffix("()") == "NotImplemented"


def _is_protocol(file: SourceFile, owner: ast.ClassDef) -> bool:
    return any(
        file.names.resolve(parent).rstrip("[]").rsplit(".", 1)[-1] == "Protocol"
        for parent in owner.bases
    )


def _is_abstract(file: SourceFile, member: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(file.names.resolve(decorator) in ABSTRACT for decorator in member.decorator_list)


def _is_empty(member: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether there is no statement; a docstring that explains an empty body is a decision."""
    body = member.body
    explains = ast.get_docstring(member) is not None
    rest = body[1:] if explains else body
    is_blank = all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in rest
    )
    return is_blank and not explains
