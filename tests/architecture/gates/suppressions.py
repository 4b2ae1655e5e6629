"""A silenced check names the one finding it silences; nothing is switched off for a whole file."""

import io
import re
import tokenize
from collections.abc import Iterator

from tests.architecture.gates.source import SourceFile, Violation

FILE_WIDE = re.compile(
    r"#\s*(?:ruff|flake8)\s*:\s*noqa|#\s*mypy\s*:|#\s*fmt\s*:\s*off|#\s*isort\s*:\s*skip"
    r"|#\s*pyright\s*:|#\s*type\s*:\s*ignore(?!\[)|#\s*pylint\s*:\s*disable|#\s*import-linter"
)
BLANKET_NOQA = re.compile(r"#\s*noqa(?!\s*:\s*[A-Z])", re.IGNORECASE)
NO_COVER = re.compile(r"#\s*pragma\s*:\s*no\s*(?:cover|branch)(?P<reason>.*)", re.IGNORECASE)
UNFORMATTED = re.compile(r"#\s*fmt\s*:\s*skip")
SILENCING = (FILE_WIDE, BLANKET_NOQA, NO_COVER, UNFORMATTED)
MAX_UNFORMATTED_CHARACTERS = 120
MIN_REASON_WORDS = 3


def find_blanket_suppressions(file: SourceFile) -> Iterator[Violation]:
    """Comments that silence more than one named finding on one line."""
    if not file.is_python:
        return
    for line, comment in comments_of(file):
        if FILE_WIDE.search(comment) or BLANKET_NOQA.search(comment):
            yield file.broken(line, f"{comment.strip()!r} silences too much", "name the one code")
        if UNFORMATTED.search(comment) and len(file.line_of(line)) > MAX_UNFORMATTED_CHARACTERS:
            yield file.broken(line, "a long line hidden from the formatter", "break it")
        uncovered = NO_COVER.search(comment)
        if uncovered and len(uncovered.group("reason").split()) < MIN_REASON_WORDS:
            yield file.broken(line, "a line is left out of coverage", "test it, or write why not")
    for node in file.nodes:
        name = file.names.resolve(node).rsplit(".", 1)[-1]
        if name in ("no_type_check", "no_type_check_decorator"):
            yield file.broken(getattr(node, "lineno", 1), f"{name} switches typing off", "type it")


def comments_of(file: SourceFile) -> Iterator[tuple[int, str]]:
    """Line numbers and text of the real comments; a `#` inside a string is none.

    Files in which nothing looks like silencing are not taken apart: that takes most of the time.
    """
    if not any(pattern.search(file.text) for pattern in SILENCING):
        return
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
