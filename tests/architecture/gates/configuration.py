"""Settings are built once, in a composition root, and passed in; nothing reads the environment."""

import ast
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

HOME = "domain/shared/settings.py"
ROOTS = (
    "api/app.py",
    "api/cli/",
    "api/stack/clean.py",
    "workers/main.py",
    "workers/scheduler.py",
    "migrations/env.py",
)
HOW = f"take the Settings as a parameter; only {', '.join(ROOTS)} build them"
BUILD = "build them in a function and pass them on"
CLASS = "domain.shared.settings.Settings"
BUILDERS = frozenset(
    {"model_validate", "model_construct", "model_validate_json", "parse_obj", "from_environment"}
)
BEFORE_SETTINGS = "api/stack/"
"""Sets the machine up before there is an environment to import Settings in."""
ENVIRONMENT = frozenset(
    [
        "os.environ",
        "os.getenv",
        "os.environb",
        "os.getenvb",
        "os.putenv",
        "os.unsetenv",
        "dotenv.load_dotenv",
        "dotenv.dotenv_values",
    ]
)


def find_stray_settings(file: SourceFile) -> Iterator[Violation]:
    """Settings built outside the composition roots, or kept as a global even inside them."""
    if not file.is_python or not file.is_product or file.path == HOME:
        return
    outer = {id(node) for node in _module_level(file.tree)}
    outer_statements = {id(statement) for statement in file.tree.body}
    makers = {
        node.name
        for node in file.tree.body
        if isinstance(node, ast.FunctionDef) and _returns_settings(file, node)
    }
    for node in file.nodes:
        if isinstance(node, ast.Call) and _builds_settings(file, node):
            if not file.path.startswith(ROOTS):
                yield file.broken(node.lineno, "Settings are built here", HOW)
            elif id(node) in outer and file.path != "migrations/env.py":
                yield file.broken(node.lineno, "Settings are a global", BUILD)
        elif isinstance(node, ast.AnnAssign) and id(node) in outer_statements:
            if file.names.resolve(node.annotation).endswith("settings.Settings"):
                yield file.broken(node.lineno, "Settings are a global", BUILD)
        elif isinstance(node, ast.Assign) and id(node) in outer_statements:
            if isinstance(node.value, ast.Call) and file.names.resolve(node.value.func) in makers:
                yield file.broken(node.lineno, "Settings are a global", BUILD)
        elif isinstance(node, ast.FunctionDef) and _is_cached_settings(file, node):
            yield file.broken(node.lineno, "a cached function is a global in disguise", HOW)
        elif isinstance(node, ast.ClassDef) and file.path != HOME:
            parents = {file.names.resolve(parent) for parent in node.bases}
            if parents & {CLASS, "pydantic_settings.BaseSettings"}:
                yield file.broken(node.lineno, "a second settings class", f"extend {HOME}")


def find_environment_reads(file: SourceFile) -> Iterator[Violation]:
    """Reads of the process environment below the composition roots, which Settings replace."""
    if (
        not file.is_python
        or not file.is_product
        or file.path.startswith((HOME, BEFORE_SETTINGS, *ROOTS))
    ):
        return
    handed_on = {id(part) for node in file.nodes for part in _handed_on(node)}
    for node in file.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in handed_on:
            origin = file.names.resolve(node)
            if origin in ENVIRONMENT:
                yield file.broken(node.lineno, f"{origin} is read here", "add a field to Settings")


def _handed_on(node: ast.AST) -> Iterator[ast.AST]:
    """A child gets the variables of a written list: `{n: os.environ[n] for n in PASSED_ON ...}`."""
    if isinstance(node, ast.DictComp):
        source = node.generators[0].iter
        if isinstance(source, ast.Name) and source.id.isupper():
            yield from ast.walk(node)


def _builds_settings(file: SourceFile, call: ast.Call) -> bool:
    origin = file.names.resolve(call.func)
    class_name, _, method = origin.rpartition(".")
    is_class = origin == CLASS or origin.endswith("settings.Settings")
    return is_class or (method in BUILDERS and class_name.endswith("settings.Settings"))


def _is_cached_settings(file: SourceFile, function: ast.FunctionDef) -> bool:
    cached = any("cache" in file.names.resolve(item) for item in function.decorator_list)
    return cached and _returns_settings(file, function)


def _returns_settings(file: SourceFile, function: ast.FunctionDef) -> bool:
    returned = function.returns
    return returned is not None and file.names.resolve(returned).endswith("settings.Settings")


def _module_level(tree: ast.Module) -> Iterator[ast.AST]:
    """Nodes that run on import: everything outside function bodies."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))
