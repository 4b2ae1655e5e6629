"""The tree itself passes every gate; a failure names the file, the line and what to do."""

from pathlib import Path

import pytest

from tests.architecture.gates import FILE_GATES, TREE_GATES, FileGate, TreeGate
from tests.architecture.gates.source import CODE, SourceFile, read_tree

pytestmark = pytest.mark.contract

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tree() -> tuple[SourceFile, ...]:
    return read_tree(ROOT)


@pytest.mark.parametrize("gate", FILE_GATES, ids=lambda gate: gate.__name__)
def test_every_file_passes(gate: FileGate, tree: tuple[SourceFile, ...]) -> None:
    found = sorted({str(violation) for file in tree for violation in gate(file)})
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("gate", TREE_GATES, ids=lambda gate: gate.__name__)
def test_the_whole_tree_passes(gate: TreeGate, tree: tuple[SourceFile, ...]) -> None:
    found = sorted({str(violation) for violation in gate(tree)})
    assert not found, "\n" + "\n".join(found)


def test_the_gates_look_at_every_part_of_the_tree(tree: tuple[SourceFile, ...]) -> None:
    seen = {file.top for file in tree if file.is_python}
    assert seen >= {name for name in CODE if any((ROOT / name).rglob("*.py"))}
    assert {"pyproject.toml", ".importlinter"} <= {file.path for file in tree}
