"""Product code imports only what a plain installation brings; test packages stay in tests."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata

from tests.architecture.gates.source import CODE, PRODUCT, SourceFile, Violation

HOW = "declare it in [project] dependencies of pyproject.toml, or do without it"
EMBEDDED_GROUP = "embedded"
EMBEDDED_HOME = "api/stack/"
"""The servers from wheels are optional: one folder imports them and explains their absence."""
_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*")


def find_undeclared_imports(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Third-party imports of the product that nobody declared, and product importing tests."""
    project = next((file for file in files if file.path == "pyproject.toml"), None)
    declared = declared_names(project.text) if project else frozenset[str]()
    embedded = embedded_names(project.text) if project else frozenset[str]()
    providers = metadata.packages_distributions()
    for file in files:
        if file.is_python and file.is_product:
            for line, module in _outside_imports(file):
                is_embedded = file.path.startswith(EMBEDDED_HOME)
                known = declared | embedded if is_embedded else declared
                if module in CODE or not _is_provided(module, known, providers):
                    yield file.broken(line, f"{module} is no declared dependency", HOW)


def declared_names(pyproject: str) -> frozenset[str]:
    """Distribution names, normalised, of the dependencies every installation has."""
    lines = tomllib.loads(pyproject)["project"]["dependencies"]
    return frozenset(_normalise(found.group()) for line in lines if (found := _NAME.match(line)))


def embedded_names(pyproject: str) -> frozenset[str]:
    """Distribution names, normalised, of what only an embedded stack needs."""
    groups = tomllib.loads(pyproject).get("dependency-groups", {})
    lines = groups.get(EMBEDDED_GROUP, [])
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


def _is_provided(module: str, declared: frozenset[str], providers: Mapping[str, list[str]]) -> bool:
    return any(_normalise(provider) in declared for provider in providers.get(module, [module]))


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
