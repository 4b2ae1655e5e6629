"""Tests wait for what they need, never for time to pass."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

HOW = "await the event itself, or poll a condition with a deadline"
SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "anyio.sleep", "trio.sleep", "gevent.sleep"})
PAUSES = frozenset({"wait_for_timeout", "slow_mo"})
WAITED_FOR = frozenset({"subprocess.run", "subprocess.call", "subprocess.check_call", "os.system"})
POLL = re.compile(r"(POLL|LOOK)\w*_S(ECONDS)?$")
MAX_POLL_SECONDS = 0.25
LOOPS = (ast.While, ast.For, ast.AsyncFor)


def find_sleeps(file: SourceFile) -> Iterator[Violation]:
    """Sleeps in tests, except the short pause of a loop that leaves as soon as it can."""
    if not file.is_python or not file.is_test_code:
        return
    polls = {id(call) for node in file.nodes for call in _polling_calls(file, node)}
    called = {
        id(node.func) for node in file.nodes if isinstance(node, ast.Call) and id(node) in polls
    }
    for node in file.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            origin = file.names.resolve(node)
            is_sleep = origin in SLEEPS and isinstance(node.ctx, ast.Load)
            if (is_sleep and id(node) not in called) or origin.rsplit(".", 1)[-1] in PAUSES:
                yield file.broken(node.lineno, f"{origin} only lets time pass", HOW)
        elif isinstance(node, ast.Call) and file.names.resolve(node) in SLEEPS:
            yield file.broken(node.lineno, "a sleep fetched by name", HOW)
        elif isinstance(node, ast.Call) and _waits_on_nothing(file, node):
            yield file.broken(node.lineno, "waiting on an event nobody sets is a sleep", HOW)


def _polling_calls(file: SourceFile, node: ast.AST) -> Iterator[ast.Call]:
    """Calls of sleep that are allowed: `sleep(0)`, or short and in a loop with an exit."""
    if isinstance(node, ast.Call) and _sleeps(file, node):
        if isinstance(node.args[0], ast.Constant) and node.args[0].value == 0:
            yield node
    elif isinstance(node, LOOPS) and _has_exit(node):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call) and _sleeps(file, inner) and _is_short(inner.args[0]):
                yield inner


def _sleeps(file: SourceFile, node: ast.Call) -> bool:
    return bool(node.args) and file.names.resolve(node.func) in SLEEPS


def _has_exit(loop: ast.While | ast.For | ast.AsyncFor) -> bool:
    """Whether a condition ends the loop: its own test, or a return or break under an `if`."""
    if isinstance(loop, ast.While) and not isinstance(loop.test, ast.Constant):
        return True
    return any(
        isinstance(inner, ast.Return | ast.Break | ast.Raise)
        for branch in ast.walk(loop)
        if isinstance(branch, ast.If | ast.Try)
        for inner in ast.walk(branch)
    )


def _is_short(length: ast.expr) -> bool:
    """A literal within the limit; a name in capitals is a constant that says its unit."""
    if isinstance(length, ast.Constant) and isinstance(length.value, int | float):
        return length.value <= MAX_POLL_SECONDS
    return isinstance(length, ast.Name) and length.id.isupper() and bool(POLL.search(length.id))


def _waits_on_nothing(file: SourceFile, node: ast.Call) -> bool:
    """Sleeps in disguise: `Event().wait(1)`, `select([], [], [], 1)`, `run(["sleep", "1"])`."""
    called = file.names.resolve(node.func)
    first = node.args[0] if node.args else None
    if called in ("select.select", "select.poll().poll"):
        return isinstance(first, ast.List) and not first.elts
    if called in WAITED_FOR:
        words = first.elts[:1] if isinstance(first, ast.List | ast.Tuple) else [first]
        word = words[0] if words else None
        return isinstance(word, ast.Constant) and str(word.value).split(" ")[0] == "sleep"
    if called == "asyncio.wait_for":
        # Alone it waits until it is canceled, which a test may want of a task it is to end.
        return first is not None and file.names.resolve(first) == "asyncio.Event().wait()"
    return called == "threading.Event().wait" and bool(node.args or node.keywords)
