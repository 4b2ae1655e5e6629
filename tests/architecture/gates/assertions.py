"""Every test can fail: it asserts something that depends on the code it runs."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from tests.architecture.gates.source import SourceFile, Violation

HOW = "assert what the behaviour promises, in the test or in a function it calls"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
PYTEST_CHECKS = frozenset(
    {"pytest.raises", "pytest.warns", "pytest.fail", "pytest.deprecated_call"}
)
FOREIGN_CHECKS = ("assert_", "to_", "call_and_validate", "validate_response", "expect_")
HIDERS = frozenset({"__test__", "collect_ignore", "collect_ignore_glob"})
HIDING_HOOKS = frozenset(
    {
        *("pytest_collection_modifyitems", "pytest_ignore_collect", "pytest_collect_file"),
        *("pytest_collect_directory", "pytest_pycollect_makeitem", "pytest_pycollect_makemodule"),
        *("pytest_itemcollected", "pytest_make_collect_report", "pytest_runtest_protocol"),
        *("pytest_runtest_makereport", "pytest_pyfunc_call", "pytest_sessionfinish"),
    }
)
HOOK_HOME = "tests/markers.py"
CASES = frozenset({"unittest.TestCase", "unittest.IsolatedAsyncioTestCase"})
MAX_CALL_DEPTH = 6
Helpers = Mapping[str, Sequence[FunctionNode]]


def find_tests_without_assertions(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Tests that would pass whatever the code did, following the functions they call."""
    helpers = _collect_functions(files)
    for file in files:
        for test in tests_of(file):
            if not _can_fail(file, test, helpers, MAX_CALL_DEPTH):
                yield file.broken(test.lineno, f"{test.name} asserts nothing", HOW)


def find_hollow_assertions(file: SourceFile) -> Iterator[Violation]:
    """Assertions that are always true, and failed assertions that are caught."""
    if not file.is_python or not file.is_test_code:
        return
    for node in file.nodes:
        if isinstance(node, ast.Assert) and _is_always_true(node.test):
            yield file.broken(node.lineno, "an assertion that cannot fail", HOW)
        elif isinstance(node, ast.ExceptHandler) and _names_assertion_error(file, node.type):
            yield file.broken(node.lineno, "a failed assertion is caught", "let it fail")
        elif isinstance(node, ast.Call) and _suppresses_assertions(file, node):
            yield file.broken(node.lineno, "a failed assertion is dropped", "let it fail")


def _suppresses_assertions(file: SourceFile, call: ast.Call) -> bool:
    is_suppress = file.names.resolve(call.func) == "contextlib.suppress"
    return is_suppress and any(_names_assertion_error(file, part) for part in call.args)


def _names_assertion_error(file: SourceFile, caught: ast.expr | None) -> bool:
    parts = ast.walk(caught) if caught is not None else ()
    return any(file.names.resolve(part) == "AssertionError" for part in parts)


def find_switched_off_tests(file: SourceFile) -> Iterator[Violation]:
    """Tests that are skipped or expected to fail whatever the machine can do."""
    if not file.is_python or not file.is_test_code:
        return
    guarded = {
        id(inner)
        for node in file.nodes
        if isinstance(node, ast.If | ast.ExceptHandler)
        for inner in ast.walk(node)
    }
    records = {
        id(part)
        for owner in file.nodes
        if isinstance(owner, ast.ClassDef) and not _holds_tests(owner)
        for part in ast.walk(owner)
    }
    for node in file.nodes:
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in records:
            origin = file.names.resolve(node)
            if origin in ("pytest.mark.skip", "pytest.mark.xfail", "unittest.skip"):
                yield file.broken(node.lineno, f"{origin} switches a test off", "mend or remove it")
            elif origin in ("pytest.skip", "pytest.xfail") and id(node) not in guarded:
                yield file.broken(node.lineno, f"{origin} without a condition", "state it")
            elif origin == "pytest.importorskip":
                yield file.broken(node.lineno, "a test that hides a missing package", "lock it")
            elif origin in HIDERS and isinstance(node.ctx, ast.Store):
                yield file.broken(node.lineno, "tests are hidden from collection", "mend them")
            elif origin in CASES:
                yield file.broken(node.lineno, "a unittest case", "write test functions")
        elif isinstance(node, FUNCTIONS) and node.name in HIDING_HOOKS and file.path != HOOK_HOME:
            yield file.broken(node.lineno, f"{node.name} can hide tests", f"see {HOOK_HOME}")


def _holds_tests(owner: ast.ClassDef) -> bool:
    """A record called TestResult has to say that it is no test; a class of tests must not."""
    return bool(owner.bases) or any(
        isinstance(member, FUNCTIONS) and member.name.startswith("test") for member in owner.body
    )


def tests_of(file: SourceFile) -> Iterator[FunctionNode]:
    """The test functions pytest would collect from a file."""
    stem = file.pure.stem
    is_collected = stem.startswith("test_") or stem.endswith("_test")
    if not file.is_python or not file.is_test_code or not is_collected:
        return
    owners: list[ast.Module | ast.ClassDef] = [file.tree]
    owners += [node for node in file.tree.body if isinstance(node, ast.ClassDef)]
    for owner in owners:
        if isinstance(owner, ast.ClassDef) and not owner.name.startswith("Test"):
            continue
        for member in owner.body:
            if isinstance(member, FUNCTIONS) and member.name.startswith("test"):
                yield member


def _collect_functions(files: Sequence[SourceFile]) -> dict[str, list[FunctionNode]]:
    """Functions of the test tree by name: a check is trusted only where it can be read."""
    found: dict[str, list[FunctionNode]] = {}
    for file in files:
        if file.is_python and file.is_test_code:
            for node in file.nodes:
                if isinstance(node, FUNCTIONS):
                    found.setdefault(node.name, []).append(node)
    return found


def _can_fail(file: SourceFile, function: FunctionNode, helpers: Helpers, depth: int) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not _is_always_true(node.test):
            return True
        if isinstance(node, ast.Raise) and depth < MAX_CALL_DEPTH:
            return True
        if isinstance(node, ast.Call) and _checks(file, node, helpers, depth):
            return True
    return False


def _checks(file: SourceFile, call: ast.Call, helpers: Helpers, depth: int) -> bool:
    origin = file.names.resolve(call.func)
    name = origin.rsplit(".", 1)[-1]
    if origin in PYTEST_CHECKS:
        return True
    if name in helpers:
        return depth > 0 and any(
            _can_fail(file, helper, helpers, depth - 1) for helper in helpers[name]
        )
    return "." in origin and name.startswith(FOREIGN_CHECKS)


def _is_always_true(test: ast.expr) -> bool:
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.Tuple | ast.JoinedStr):
        return True
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return any(_is_always_true(value) for value in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return isinstance(test.operand, ast.Constant) and not test.operand.value
    if isinstance(test, ast.Compare) and len(test.comparators) == 1:
        is_same = isinstance(test.ops[0], ast.Eq | ast.Is | ast.GtE | ast.LtE)
        return (
            is_same
            and _is_still(test.left)
            and (ast.dump(test.left) == ast.dump(test.comparators[0]))
        )
    return False


def _is_still(expression: ast.expr) -> bool:
    """Calls may answer differently the second time, so comparing them with themselves can fail."""
    return not any(isinstance(node, ast.Call | ast.Await) for node in ast.walk(expression))
