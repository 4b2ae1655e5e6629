"""The tools stay as strict as they were set: nobody quietens them in their configuration."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence

from tests.architecture.gates.source import SourceFile, Violation

HOW = "mend what the tool found, or record why in docs/decisions and change this gate with it"
PROJECT = "pyproject.toml"
OTHER_CONFIGS = frozenset(
    {
        *("ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini", "setup.cfg", "tox.ini", ".flake8"),
        *("pytest.ini", ".pytest.ini", ".coveragerc", "pyrightconfig.json"),
    }
)
RUFF_FAMILIES = frozenset(
    {
        *("E", "F", "W", "I", "N", "UP", "B", "A", "C4", "SIM", "RET", "PTH", "RUF", "ASYNC"),
        *("S", "BLE", "T20", "PL", "TC"),
    }
)
RUFF_IGNORED = frozenset(
    {
        *(
            "A005",
            "E501",
            "N818",
            "ASYNC109",
            "PLR2004",
            "PLR0913",
            "PLC0415",
            "S101",
            "S603",
            "S607",
        ),
        *("TC001", "TC002", "TC003"),
    }
)
RUFF_RELAXED = {
    "tests/**": frozenset({"S", "PLR", "ASYNC"}),
    "e2e/**": frozenset({"S", "PLR", "ASYNC"}),
    "benchmarks/**": frozenset({"S", "T20", "PLR", "ASYNC"}),
    "migrations/versions/**": frozenset({"S608", "N999", "E501"}),
}
RUFF_EXCLUDES = frozenset({"api/graphiql"})
TYPED = frozenset({"api", "graph", "domain", "workers", "migrations", "benchmarks", "e2e"})
HIDING_OPTIONS = ("--ignore", "--deselect", "-k", "-m", "--continue-on", "no:", "-W")
CHECK_COMMANDS = ("ruff format --check", "ruff check", "mypy", "lint-imports", "tests/architecture")
Table = Mapping[str, object]


def find_softened_tools(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Configuration that silences ruff, mypy, pytest or `make check` for more than one line."""
    for file in files:
        if file.path in OTHER_CONFIGS or file.pure.name in ("pytest.ini", "ruff.toml", "mypy.ini"):
            yield file.broken(1, "a second configuration", f"{PROJECT} is the one place")
        elif file.path == PROJECT:
            for what in _complaints(tomllib.loads(file.text)["tool"]):
                yield file.broken(1, what, HOW)
        elif file.path == "Makefile":
            yield from _check_makefile(file)


def _complaints(tools: Mapping[str, Table]) -> Iterator[str]:
    yield from _check_ruff(tools.get("ruff", {}))
    yield from _check_mypy(tools.get("mypy", {}))
    pytest_tool = _table(tools.get("pytest", {}).get("ini_options"))
    yield from _check_pytest(pytest_tool)
    coverage = _table(tools.get("coverage", {}).get("report"))
    if coverage.get("exclude_lines") or coverage.get("exclude_also"):
        yield "coverage excludes lines by pattern"


def _check_ruff(ruff: Table) -> Iterator[str]:
    lint = _table(ruff.get("lint"))
    for family in sorted(RUFF_FAMILIES - _words(lint.get("select"))):
        yield f"ruff no longer selects {family}"
    ignored = _words(lint.get("ignore")) | _words(lint.get("extend-ignore"))
    for code in sorted(ignored - RUFF_IGNORED):
        yield f"ruff ignores {code} everywhere"
    relaxed = {
        **_table(lint.get("per-file-ignores")),
        **_table(lint.get("extend-per-file-ignores")),
    }
    for pattern, codes in sorted(relaxed.items()):
        for code in sorted(_words(codes) - RUFF_RELAXED.get(pattern, frozenset())):
            yield f"ruff ignores {code} in {pattern}"
    for key in ("exclude", "extend-exclude"):
        for pattern in sorted((_words(ruff.get(key)) | _words(lint.get(key))) - RUFF_EXCLUDES):
            yield f"ruff does not look at {pattern}"


def _check_mypy(mypy: Table) -> Iterator[str]:
    if mypy.get("strict") is not True:
        yield "mypy is not strict"
    overrides = mypy.get("overrides", [])
    sections = [mypy, *(overrides if isinstance(overrides, list) else [])]
    for section in sections:
        for key, value in sorted(_table(section).items()):
            is_soft = key in ("disable_error_code", "exclude", "follow_imports")
            is_soft |= key == "ignore_errors" and value is True
            is_soft |= key.startswith(("disallow_", "warn_", "no_implicit", "check_")) and not value
            if is_soft:
                yield f"mypy is softened by {key}"
    for package in sorted(
        {"api", "graph", "domain", "workers", "migrations", "benchmarks", "e2e"}
        - _words(mypy.get("packages"))
    ):
        yield f"mypy does not look at {package}"


def _check_pytest(pytest_tool: Table) -> Iterator[str]:
    filters = pytest_tool.get("filterwarnings", [])
    if not isinstance(filters, list) or filters[:1] != ["error"]:
        yield "warnings are no longer errors"
    for line in filters if isinstance(filters, list) else []:
        if str(line).startswith(("ignore", "default", "once")) and str(line).count(":") < 2:
            yield f"a warning is ignored wherever it comes from: {line}"
    options = str(pytest_tool.get("addopts", ""))
    for option in HIDING_OPTIONS:
        if any(word.startswith(option) for word in options.split()):
            yield f"pytest hides tests by default: {option}"
    for folder in sorted({"tests", "e2e"} - _words(pytest_tool.get("testpaths"))):
        yield f"pytest does not look at {folder}"


def _check_makefile(file: SourceFile) -> Iterator[Violation]:
    """`make check` runs every gate, and none of them may fail unnoticed."""
    recipe = file.text.partition("\ncheck:")[2].partition("\n\n")[0]
    for command in CHECK_COMMANDS:
        if command not in recipe:
            yield file.broken(1, f"`make check` no longer runs {command}", HOW)
    if "|| true" in recipe or "\n\t-" in recipe or "|| :" in recipe:
        yield file.broken(1, "`make check` forgives a failure", HOW)


def _table(value: object) -> Table:
    return value if isinstance(value, dict) else {}


def _words(value: object) -> frozenset[str]:
    return frozenset(str(word) for word in value) if isinstance(value, list) else frozenset()
