"""JavaScript is held to the same function length as Python, wherever the file lives."""

import re
from collections.abc import Iterator

from tests.architecture.gates.sizes import MAX_FUNCTION_LINES
from tests.architecture.gates.source import SourceFile, Violation

SCRIPT_SUFFIXES = frozenset({".js", ".mjs", ".ts"})
MAX_LINE_CHARACTERS = 140
_INERT = re.compile(
    r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`"
    r"|(?<=[=(,:;!&|?{}\n])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*",
    re.DOTALL,
)
_CONTROL = re.compile(r"\b(?:if|for|while|switch|catch|with)\s*$")
_ARROW = re.compile(r"=>\s*$")
_WRAPPER = re.compile(
    r"^\s*(?:;?\s*\(?\s*(?:async\s*)?(?:function\b[^(]*)?\([^)]*\)\s*(?:=>)?\s*)$"
)


def find_long_script_functions(file: SourceFile) -> Iterator[Violation]:
    """Functions of our own scripts over the limit; one wrapper around a whole file is free."""
    if file.is_vendored or file.pure.suffix not in SCRIPT_SUFFIXES:
        return
    code = _INERT.sub(_blank, file.text)
    for start, end in _function_spans(code):
        length = code.count("\n", start, end) + 1
        if length > MAX_FUNCTION_LINES and not _wraps_file(code, start, end):
            yield file.broken(
                code.count("\n", 0, start) + 1,
                f"a function has {length} lines, {MAX_FUNCTION_LINES} are allowed",
                "name its steps as functions of their own",
            )


def find_long_script_lines(file: SourceFile) -> Iterator[Violation]:
    """Lines nobody can read: scripts and styles have no formatter that would break them."""
    if file.is_vendored or file.pure.suffix not in (*SCRIPT_SUFFIXES, ".css", ".sql"):
        return
    for number, line in enumerate(file.lines, 1):
        if len(line) > MAX_LINE_CHARACTERS:
            yield file.broken(number, f"a line of {len(line)} characters", "break it")


def _blank(match: re.Match[str]) -> str:
    """Take the content out of strings and comments, keeping every line where it is."""
    return re.sub(r"[^\n]", " ", match.group())


def _function_spans(code: str) -> Iterator[tuple[int, int]]:
    """Offsets of the braces of every function body."""
    open_braces: list[tuple[int, bool]] = []
    for match in re.finditer(r"[{}]", code):
        if match.group() == "{":
            open_braces.append((match.start(), _opens_function(code, match.start())))
        elif open_braces:
            start, is_function = open_braces.pop()
            if is_function:
                yield start, match.start()


def _opens_function(code: str, brace: int) -> bool:
    before = code[:brace].rstrip()
    if _ARROW.search(before):
        return True
    if not before.endswith(")"):
        return False
    depth = 0
    for index in range(len(before) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(before[index], 0)
        if depth == 0:
            return not _CONTROL.search(before[:index])
    return False


def _wraps_file(code: str, start: int, end: int) -> bool:
    """The `(() => { ... })()` that gives a page script its own scope holds only functions."""
    head, tail = code[:start], code[end + 1 :]
    inner = code[start + 1 : end]
    return bool(
        _WRAPPER.match(head) and not re.search(r"[{}]", tail) and _opens_any_function(inner)
    )


def _opens_any_function(code: str) -> bool:
    return any(_opens_function(code, brace.start()) for brace in re.finditer(r"\{", code))
