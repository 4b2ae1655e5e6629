"""Names and places: every module says what it is for, and sits where a newcomer looks for it."""

import ast
import re
from collections.abc import Iterator, Sequence

from tests.architecture.gates.source import CODE, PRODUCT, SourceFile, Violation

VAGUE_STEMS = frozenset(
    name + ending
    for name in (
        *("service", "manager", "util", "helper", "base", "common", "misc", "stuff", "lib"),
    )
    for ending in ("", "s")
)
MIN_DOCSTRING_WORDS = 2
SENTENCE_ENDS = (".", "?", "!", ":", '"', "`", ")")
MIRRORED = (*PRODUCT, "e2e", "benchmarks")
TEST_FOLDERS = frozenset({"architecture", "factories", "fakes", "support", "fixtures", *MIRRORED})


def find_vague_names(file: SourceFile) -> Iterator[Violation]:
    """Modules and packages called after nothing in particular."""
    if not file.is_python or file.top not in CODE:
        return
    for part in (*file.pure.parts[:-1], file.pure.stem):
        words = set(part.strip("_").split("_"))
        if part.strip("_") in VAGUE_STEMS or words & {"util", "utils", "helper", "helpers", "misc"}:
            yield file.broken(
                1, f"the name {part!r} says nothing", "name it after its role or verb"
            )


def find_missing_docstrings(file: SourceFile) -> Iterator[Violation]:
    """Modules that do not open with a sentence; only an empty file may stay silent."""
    if not file.is_python or not file.tree.body:
        return
    opening = (ast.get_docstring(file.tree) or "").split("\n\n")[0].strip()
    if len(opening.split()) < MIN_DOCSTRING_WORDS or not opening.endswith(SENTENCE_ENDS):
        yield file.broken(1, "no opening sentence", "start with one sentence on what it is for")


def find_code_out_of_place(file: SourceFile) -> Iterator[Violation]:
    """Python outside the known packages, where no other gate would look."""
    if not file.is_python:
        return
    if len(file.pure.parts) == 1 or file.top not in (*CODE, "docs", "locks", ".ci", "examples"):
        yield file.broken(
            1, "code outside the tree of the house", f"put it under {', '.join(CODE)}"
        )


def find_missing_packages(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Folders of modules without `__init__.py`, which import-linter would not see at all."""
    paths = {file.path for file in files}
    for file in files:
        if not file.is_python or file.top not in CODE:
            continue
        if file.path.startswith("migrations/versions/"):
            continue
        for depth in range(1, len(file.pure.parts)):
            package = "/".join((*file.pure.parts[:depth], "__init__.py"))
            if package not in paths:
                yield file.broken(1, f"{package} is missing", "add it, or nothing checks imports")


def find_unmirrored_tests(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Test folders without the source they test, so that a reader finds a test by its path."""
    mirrored = [file for file in files if file.top in MIRRORED]
    sources = {_stem_path(file) for file in mirrored}
    sources |= {str(parent) for file in mirrored for parent in file.pure.parents}
    for file in files:
        if file.top != "tests" or not file.is_python:
            continue
        folder = file.pure.parent.relative_to("tests")
        is_root = not folder.parts
        if is_root:
            if file.pure.stem.startswith("test_"):
                yield file.broken(1, "a test at the root", "move it to the folder of its source")
        elif folder.parts[0] not in TEST_FOLDERS:
            yield file.broken(
                1, f"tests/{folder.parts[0]} mirrors nothing", "name it as the source"
            )
        elif folder.parts[0] in MIRRORED and str(folder) not in sources:
            yield file.broken(1, f"there is no source {folder}", "move it beside what it tests")


def find_untested_features(files: Sequence[SourceFile]) -> Iterator[Violation]:
    """Features, the folders directly below a layer, that no test folder or file is named after."""
    tested = {name for file in files if file.top == "tests" for name in _tested_names(file)}
    features: dict[str, str] = {}
    for file in files:
        is_feature = file.is_product and file.is_python and len(file.pure.parts) > 2
        if is_feature and file.top != "migrations" and file.tree.body:
            features.setdefault("/".join(file.pure.parts[:2]), file.path)
    for feature, path in sorted(features.items()):
        if feature not in tested:
            yield Violation(path, 1, f"{feature} has no tests", f"write tests/{feature}/test_*.py")


def _tested_names(file: SourceFile) -> Iterator[str]:
    """Both tests/domain/missions/test_x.py and tests/domain/test_missions.py test the feature."""
    parts = file.pure.parts[1:]
    match = re.fullmatch(r"test_(\w+)", file.pure.stem)
    if match and len(parts) > 2:
        yield "/".join(parts[:2])
    elif match and len(parts) == 2:
        yield f"{parts[0]}/{match.group(1)}"


def _stem_path(file: SourceFile) -> str:
    return str(file.pure.with_suffix(""))
