"""Imports are written as imports, so that the contracts on them can be checked."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.gates.source import PRODUCT, SourceFile, Violation

HOW = "import the module by name at the top; if that makes a cycle, move the shared part down"
DYNAMIC = frozenset(
    [
        "importlib.import_module",
        "importlib.__import__",
        "__import__",
        "builtins.__import__",
        "runpy.run_module",
        "runpy.run_path",
        "pkgutil.resolve_name",
        "importlib.util.spec_from_file_location",
        "exec",
        "eval",
        "compile",
        "builtins.exec",
        "builtins.eval",
        "importlib.util.module_from_spec",
        "importlib.reload",
        "zope.dottedname.resolve.resolve",
        "pydoc.locate",
        "pydantic.ImportString",
    ]
)
MODULE_TABLES = frozenset({"sys.modules", "sys.path", "sys.meta_path"})
HTTP_IN_STDLIB = ("urllib.request", "http.client", "xmlrpc.client", "ftplib")
HTTP_HOMES = ("workers/", "api/stack/", "api/cli/demo")
"""Beside the workers: what sets the stack up and asks it for its health, and a client of it."""
PRODUCT_PATH = re.compile(rf"^(?:{'|'.join(PRODUCT)})\.[a-z_]+(?:\.[a-z_]+)*$")


def find_dynamic_imports(file: SourceFile) -> Iterator[Violation]:
    """Modules reached by a string, through the module table, or as evaluated text."""
    if not file.is_python or not file.is_product or file.path == "migrations/env.py":
        return
    for node in file.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            origin = file.names.resolve(node)
            if origin in DYNAMIC or origin in MODULE_TABLES:
                yield file.broken(node.lineno, f"{origin} hides what is imported", HOW)
        elif isinstance(node, ast.Call) and file.names.resolve(node.func).endswith(".lazy"):
            yield from _check_lazy_type(file, node)


def _check_lazy_type(file: SourceFile, node: ast.Call) -> Iterator[Violation]:
    """`strawberry.lazy("...")` is an import too, and graph is all it may reach."""
    if not file.names.resolve(node.func).startswith("strawberry."):
        return
    target = node.args[0] if node.args else None
    inside = isinstance(target, ast.Constant) and str(target.value).startswith((".", "graph."))
    if not inside:
        yield file.broken(node.lineno, "a lazy type from outside graph", HOW)


def find_stdlib_http(file: SourceFile) -> Iterator[Violation]:
    """HTTP out of the process below the workers, through what Python itself brings."""
    if not file.is_python or not file.is_product or file.path.startswith(HTTP_HOMES):
        return
    for node in file.nodes:
        for name in _imported_modules(node):
            if name.startswith(HTTP_IN_STDLIB):
                yield file.broken(
                    getattr(node, "lineno", 1), f"{name} is outgoing HTTP", "do it in a worker"
                )


def _imported_modules(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
