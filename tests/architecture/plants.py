"""Planting: run one gate on a text as if it stood at a path of the repository."""

import textwrap
from collections.abc import Callable, Iterable

from tests.architecture.gates import FileGate
from tests.architecture.gates.source import SourceFile, Violation

VERB = "domain/missions/start.py"
TEST = "tests/domain/missions/test_start.py"


def plant(text: str, path: str = VERB) -> SourceFile:
    """A source file with the text, dedented, at the path."""
    return SourceFile(path, textwrap.dedent(text).strip("\n") + "\n")


def lines_found(gate: FileGate, text: str, path: str = VERB) -> list[int]:
    """The numbers of the lines the gate complains about, each once."""
    return sorted({found.line for found in gate(plant(text, path))})


def paths_found(
    gate: Callable[[tuple[SourceFile, ...]], Iterable[Violation]], tree: dict[str, str]
) -> list[str]:
    """The paths a gate over the whole tree complains about, each once."""
    files = tuple(plant(text, path) for path, text in tree.items())
    return sorted({found.path for found in gate(files)})
