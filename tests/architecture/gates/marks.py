"""The kind of a test is written where the test stands: one primary marker, never computed."""

import ast
from collections.abc import Iterator

from tests.architecture.gates.assertions import FunctionNode, tests_of
from tests.architecture.gates.source import SourceFile, Violation
from tests.markers import PRIMARY_MARKERS

HOW = f"write exactly one of {', '.join(PRIMARY_MARKERS)}: `pytestmark = pytest.mark.unit`"
PRIMARY = frozenset(f"pytest.mark.{name}" for name in PRIMARY_MARKERS)
JOURNEYS, JOURNEY = "e2e", "pytest.mark.e2e"
WHERE = "move it to tests/, beside what it tests: tests/e2e/demo for e2e/demo"
ENFORCER = "tests/markers.py"


def find_unmarked_tests(file: SourceFile) -> Iterator[Violation]:
    """Tests whose own, class and module markers do not add up to exactly one primary marker."""
    for test, marks in _marked_tests(file):
        if len(marks) != 1:
            named = ", ".join(_names_of(marks)) or "none"
            yield file.broken(test.lineno, f"{test.name} has primary markers: {named}", HOW)


def find_strangers_among_journeys(file: SourceFile) -> Iterator[Violation]:
    """Tests of another kind under e2e/: reported as journeys, and not kept from sockets."""
    if file.top != JOURNEYS:
        return
    for test, marks in _marked_tests(file):
        for kind in _names_of(marks - {JOURNEY}):
            yield file.broken(test.lineno, f"{test.name} is {kind}, no journey", WHERE)


def _marked_tests(file: SourceFile) -> Iterator[tuple[FunctionNode, set[str]]]:
    """Every test with its primary markers, from itself, its class and its module."""
    module = _assigned_marks(file, file.tree.body) if file.is_python else set()
    owners = {
        id(member): owner
        for owner in (file.tree.body if file.is_python else ())
        if isinstance(owner, ast.ClassDef)
        for member in owner.body
    }
    for test in tests_of(file):
        marks = module | _marks_in(file, test.decorator_list)
        owner = owners.get(id(test))
        if owner is not None:
            marks |= _assigned_marks(file, owner.body) | _marks_in(file, owner.decorator_list)
        yield test, marks


def _names_of(marks: set[str]) -> list[str]:
    return sorted(mark.rsplit(".", 1)[-1] for mark in marks)


def find_dynamic_marks(file: SourceFile) -> Iterator[Violation]:
    """Markers added while collecting or running, where no reader of the test would see them."""
    if not file.is_python or not file.is_test_code or file.path == ENFORCER:
        return
    for node in file.nodes:
        if isinstance(node, ast.Attribute | ast.Name):
            name = file.names.resolve(node).rsplit(".", 1)[-1]
            if name in ("add_marker", "own_markers", "applymarker", "store_mark"):
                yield file.broken(node.lineno, f"{name} changes markers at run time", HOW)
        elif isinstance(node, ast.Call):
            yield from _check_call(file, node)


def _check_call(file: SourceFile, node: ast.Call) -> Iterator[Violation]:
    called = file.names.resolve(node.func)
    if called.endswith("pytest.param"):
        for keyword in node.keywords:
            if keyword.arg == "marks" and _marks_in(file, [keyword.value]):
                yield file.broken(node.lineno, "a parameter changes the kind of test", HOW)
    elif called == "getattr" and node.args and file.names.resolve(node.args[0]) == "pytest.mark":
        yield file.broken(node.lineno, "a computed marker", HOW)


def _assigned_marks(file: SourceFile, body: list[ast.stmt]) -> set[str]:
    marks: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark"
            for target in statement.targets
        ):
            marks |= _marks_in(file, [statement.value])
    return marks


def _marks_in(file: SourceFile, expressions: list[ast.expr]) -> set[str]:
    """Primary markers among expressions such as `pytest.mark.unit` or a list of markers."""
    found: set[str] = set()
    for expression in expressions:
        if isinstance(expression, ast.List | ast.Tuple):
            found |= _marks_in(file, expression.elts)
        else:
            found |= {file.names.resolve(expression).removesuffix("()")} & PRIMARY
    return found
