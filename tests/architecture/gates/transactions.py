"""One request or task is one transaction: only the unit of work opens and ends it."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation
from tests.architecture.gates.statements import is_home_of_sql

HOW = "let domain.shared.unit_of_work do it; note jobs and signals there instead"
OWNERS = frozenset(f"domain/shared/{name}.py" for name in ("unit_of_work", "database"))
METHODS = frozenset({"commit", "rollback", "begin", "begin_nested", "begin_twophase"})
UNITS = re.compile(r"(^|[._])(units|units_of_work|UnitsOfWork\(\))$")
"""What the one who opens units of work is called: `units.begin()` is how everybody starts."""
TRANSACTION_SQL = re.compile(
    r"^\s*(COMMIT|ROLLBACK|BEGIN|END|SAVEPOINT\s+\w+|START\s+TRANSACTION|ABORT)\s*(WORK)?\s*;?\s*$",
    re.IGNORECASE,
)


def find_stray_transactions(file: SourceFile) -> Iterator[Violation]:
    """Commits, rollbacks and beginnings outside the unit of work, in words or in SQL."""
    if not file.is_python or not file.is_product or file.path in OWNERS:
        return
    if file.top == "migrations":
        return
    for node in file.nodes:
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            opens_unit = node.attr == "begin" and UNITS.search(file.names.resolve(node.value))
            if not opens_unit and not file.names.imports_first_party(node.value):
                yield file.broken(node.lineno, f".{node.attr} of a transaction", HOW)
        elif isinstance(node, ast.Call):
            yield from _check_call(file, node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _check_text(file, node)


def _check_call(file: SourceFile, node: ast.Call) -> Iterator[Violation]:
    called = file.names.resolve(node.func)
    if called in ("getattr", "builtins.getattr", "operator.methodcaller"):
        for argument in node.args:
            if isinstance(argument, ast.Constant) and argument.value in METHODS:
                yield file.broken(node.lineno, f"{argument.value} is fetched by name", HOW)
    elif called.endswith(("sessionmaker", "create_async_engine", "create_engine")) and (
        called.startswith("sqlalchemy.")
    ):
        yield file.broken(node.lineno, f"{called} makes sessions of its own", HOW)


def _check_text(file: SourceFile, node: ast.Constant) -> Iterator[Violation]:
    text = str(node.value)
    if id(node) in file.docstrings:
        return
    speaks_sql = is_home_of_sql(file) or text.isupper()
    if (speaks_sql and TRANSACTION_SQL.match(text)) or text == "AUTOCOMMIT":
        yield file.broken(node.lineno, f"{text.strip()!r} ends a transaction", HOW)
