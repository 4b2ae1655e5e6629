"""The tree as the gates see it: files with their syntax, and violations that say what to do."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

PRODUCT = ("api", "graph", "domain", "workers", "migrations")
CODE = (*PRODUCT, "tests", "e2e", "benchmarks")
SKIPPED_FOLDERS = frozenset({"__pycache__", "var", "node_modules", "build", "dist", "htmlcov"})
KEPT_HIDDEN = frozenset({".ci", ".github"})
MADE = ("e2e/report",)
"""Written by a command, and left out of the repository."""
VENDORED = ("api/graphiql/",)
TEXT_SUFFIXES = frozenset(
    [
        ".py",
        ".pyi",
        ".js",
        ".mjs",
        ".ts",
        ".css",
        ".html",
        ".j2",
        ".jinja",
        ".sql",
        ".md",
        ".toml",
        ".yml",
        ".yaml",
        ".ini",
        ".cfg",
        ".txt",
        ".sh",
        ".json",
        ".graphql",
        ".mako",
        ".in",
    ]
)
MAX_TEXT_BYTES = 2_000_000


@dataclass(frozen=True, order=True)
class Violation:
    """One broken rule: the place, what is wrong there and what to do about it."""

    path: str
    line: int
    what: str
    how: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what} -> {self.how}"


@dataclass(frozen=True)
class SourceFile:
    """A file of the repository; `path` is relative to the root, with forward slashes."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def pure(self) -> PurePosixPath:
        return PurePosixPath(self.path)

    @property
    def top(self) -> str:
        return self.pure.parts[0]

    @property
    def is_python(self) -> bool:
        return self.pure.suffix == ".py"

    @property
    def is_product(self) -> bool:
        return self.top in PRODUCT

    @property
    def is_test_code(self) -> bool:
        return self.top in ("tests", "e2e")

    @property
    def is_vendored(self) -> bool:
        return not self.is_python and self.path.startswith(VENDORED)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def names(self) -> "Names":
        return Names.of(self.nodes)

    @cached_property
    def docstrings(self) -> frozenset[int]:
        """The ids of the constant nodes that are docstrings, not values."""
        found = set()
        for node in self.nodes:
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0] if node.body else None
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                    found.add(id(first.value))
        return frozenset(found)

    def line_of(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def broken(self, line: int, what: str, how: str) -> Violation:
        return Violation(self.path, line, what, how)


@dataclass(frozen=True)
class Names:
    """What the local names of a module stand for, so that an alias does not hide anything."""

    origins: dict[str, str]

    @classmethod
    def of(cls, nodes: tuple[ast.AST, ...]) -> "Names":
        names = cls({})
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.split(".")[0]
                    names.origins[alias.asname or root] = alias.name if alias.asname else root
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                for alias in node.names:
                    names.origins[alias.asname or alias.name] = f"{module}.{alias.name}"
        for node in nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                names.remember(node.targets[0], node.value)
            elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                names.remember(node.target, node.value)
        return names

    def remember(self, target: ast.expr, value: ast.expr) -> None:
        """Follow `pause = time.sleep`; a computed value is nobody's alias."""
        origin = self.resolve(value)
        if isinstance(target, ast.Name) and "?" not in origin and not origin.endswith(")"):
            self.origins.setdefault(target.id, origin)

    def resolve(self, node: ast.AST) -> str:
        """The dotted origin of an expression, such as `time.sleep`; unknown parts are `?`."""
        if isinstance(node, ast.Name):
            return self.origins.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return f"{self.resolve(node.value)}.{node.attr}"
        if isinstance(node, ast.Await):
            return self.resolve(node.value)
        if isinstance(node, ast.Subscript):
            return f"{self.resolve(node.value)}[]"
        if isinstance(node, ast.Call):
            return self.resolve_call(node)
        return "?"

    def resolve_call(self, node: ast.Call) -> str:
        """See through `getattr(session, "execute")`, which is `session.execute` in disguise."""
        called = self.resolve(node.func)
        if called in ("getattr", "builtins.getattr") and len(node.args) > 1:
            name = node.args[1]
            if isinstance(name, ast.Constant):
                return f"{self.resolve(node.args[0])}.{name.value!s}"
        return f"{called}()"

    def imports_first_party(self, node: ast.AST) -> bool:
        """Whether an expression starts at a name imported from our own packages."""
        while isinstance(node, ast.Attribute | ast.Call | ast.Await | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name):
            return False
        return self.origins.get(node.id, "").split(".")[0] in ("", *PRODUCT) and (
            node.id in self.origins
        )


def read_tree(root: Path) -> tuple[SourceFile, ...]:
    """Every text file of the repository that people write, in path order."""
    return tuple(
        SourceFile(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(_walk(root))
    )


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        below = Path(folder).relative_to(root)
        made = {Path(one).name for one in MADE if Path(one).parent == below}
        folders[:] = [name for name in folders if _is_visited(name) and name not in made]
        for name in files:
            path = Path(folder, name)
            if _is_text(path):
                yield path


def _is_visited(folder: str) -> bool:
    if folder.startswith("."):
        return folder in KEPT_HIDDEN
    return folder not in SKIPPED_FOLDERS and not folder.endswith(".egg-info")


def _is_text(path: Path) -> bool:
    if path.is_symlink() or path.stat().st_size > MAX_TEXT_BYTES:
        return False
    if path.suffix in TEXT_SUFFIXES or path.name in ("Makefile", "Dockerfile", ".importlinter"):
        return True
    if path.suffix:
        return False
    with path.open("rb") as stream:
        return stream.read(2) == b"#!"
