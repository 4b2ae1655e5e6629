"""SQL has one home per feature: models.py and repository.py, above domain/shared."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

HOW = "move the statement to the feature's repository.py and call it from here"
HOME_MODULES = frozenset({"models", "repository"})
SHARED_HOMES = frozenset(
    {"batches", "connections", "database", "listing", "paging", "reads", "unit_of_work"}
)
BUILDERS = frozenset({"select", "text", "literal_column", "union_all", "values"})
RUNNERS = frozenset(
    [
        "execute",
        "executemany",
        "exec_driver_sql",
        "scalar",
        "scalars",
        "stream_scalars",
        "run_sync",
        "fetchrow",
        "fetchval",
        "copy_records_to_table",
        "copy_to_table",
    ]
)
HANDLE_METHODS = frozenset(
    [
        "get",
        "get_one",
        "get_bind",
        "add",
        "add_all",
        "merge",
        "delete",
        "refresh",
        "flush",
        "query",
        "fetch",
        "stream",
        "expire",
        "expunge",
        "connection",
        "bulk_save_objects",
        "bulk_insert_mappings",
        "bulk_update_mappings",
    ]
)
HANDLES = re.compile(r"(^|[._])(session|connection|conn|db|transaction|engine)(\(\))?$")
OTHER_RUNNERS = re.compile(r"(^|[._])(schema|pipe|pipeline|redis|client|_?run|_?runner)(\(\))?$")
OTHER_LIBRARIES = ("strawberry", "graphql", "redis", "playwright")
RAW_SQL = re.compile(
    r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|TRUNCATE\s|MERGE\s+INTO\s"
    r"|WITH\s+(RECURSIVE\s+)?\w+\s*(\([^)]*\)\s*)?AS\s|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|ROLE|USER"
    r"|DATABASE|SCHEMA|POLICY|EXTENSION|TYPE|UNIQUE|FUNCTION|TRIGGER|VIEW|SEQUENCE)\b|GRANT\s+\w+"
    r"|REVOKE\s+\w+|SET\s+(LOCAL|SESSION|ROLE)\b|RESET\s+ROLE|LOCK\s+TABLE|COPY\s+\w+\s+(FROM|TO)"
    r"|LISTEN\s+\w+|NOTIFY\s+\w+|VACUUM\b)"
)
LOWER_SQL = re.compile(
    r"^\s*(select\s+(\*|\d+|count\(|\w+(\.\w+)?(\s*,\s*[\w.]+)+)\s*(from\s|$|\))|select\s+\w+\("
    r"|insert\s+into\s+\w+\s*(\(|values|select)|update\s+\w+\s+set\s+\w+\s*=|delete\s+from\s+\w+"
    r"(\s+where\s|\s*;|\s*$)|select\s+\w+\s+from\s+\w+\s*(where\s.*[=<>]|;|limit\s+\d|order\s+by))",
    re.DOTALL,
)


def find_stray_statements(file: SourceFile) -> Iterator[Violation]:
    """Statements built, run or spelled outside their home, under whatever name."""
    if not file.is_python or not file.is_product or is_home_of_sql(file):
        return
    own = {node.name for node in file.nodes if isinstance(node, _DEFINITIONS)}
    for node in file.nodes:
        if isinstance(node, ast.Call):
            yield from _check_call(file, node)
        elif isinstance(node, ast.Attribute):
            yield from _check_attribute(file, node, own)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _check_text(file, node)


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def is_home_of_sql(file: SourceFile) -> bool:
    """models.py, repository.py (or a package of that name) in a domain feature; migrations."""
    if file.top == "migrations":
        return True
    parts = file.pure.with_suffix("").parts
    if file.top != "domain" or len(parts) < 3:
        return False
    return bool(HOME_MODULES & set(parts[2:])) or (
        parts[1] == "shared" and parts[2] in SHARED_HOMES
    )


def is_handle(file: SourceFile, node: ast.expr) -> bool:
    """Whether an expression is named like a database session or connection."""
    return bool(HANDLES.search(file.names.resolve(node)))


def _check_call(file: SourceFile, node: ast.Call) -> Iterator[Violation]:
    origin = file.names.resolve(node.func)
    name = origin.rsplit(".", 1)[-1]
    if isinstance(node.func, ast.Name) and name in BUILDERS and "." in origin:
        yield file.broken(node.lineno, f"{name}() builds SQL here", HOW)
    elif origin.startswith(("sqlalchemy.", "asyncpg.", "psycopg.")):
        yield file.broken(node.lineno, f"{origin}() talks to the database here", HOW)
    elif origin in ("getattr", "builtins.getattr", "operator.methodcaller", "operator.attrgetter"):
        names = {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
        for hidden in sorted(str(value) for value in names if value in RUNNERS):
            yield file.broken(node.lineno, f"{hidden} is fetched by name", HOW)


def _check_attribute(file: SourceFile, node: ast.Attribute, own: set[str]) -> Iterator[Violation]:
    if node.attr in RUNNERS:
        receiver = file.names.resolve(node.value)
        if receiver.split(".")[0] in OTHER_LIBRARIES or OTHER_RUNNERS.search(receiver):
            return
        if receiver in ("self", "cls") and node.attr in own:
            return
        if file.names.imports_first_party(node.value) and not is_handle(file, node.value):
            return
        yield file.broken(node.lineno, f".{node.attr} runs a statement here", HOW)
    elif node.attr in HANDLE_METHODS and is_handle(file, node.value):
        yield file.broken(node.lineno, f".{node.attr} of a database handle is used here", HOW)


def _check_text(file: SourceFile, node: ast.Constant) -> Iterator[Violation]:
    if id(node) in file.docstrings:
        return
    if RAW_SQL.match(str(node.value)) or LOWER_SQL.match(str(node.value)):
        yield file.broken(node.lineno, "a string of SQL", HOW)
