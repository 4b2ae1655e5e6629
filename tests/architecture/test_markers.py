"""The marker plugin stops a run in which a test has no primary marker, or two."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.contract

ROOT = Path(__file__).resolve().parents[2]
MARKED = "import pytest\npytestmark = pytest.mark.unit\ndef test_marked(): assert 1 + 1 == 2\n"
OPTIONS = ("-p", "tests.markers", "-q", "-p", "no:cacheprovider")


def run_pytest(folder: Path, test: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A run of its own over one test file beside a properly marked one."""
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n    unit: pure\n    integration: real\n    no_rollback: commits\n"
    )
    (folder / "test_marked.py").write_text(MARKED)
    (folder / "test_planted.py").write_text("import pytest\n" + textwrap.dedent(test))
    return subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *options],
        cwd=folder,
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": os.defpath,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # most of the time would be theirs
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_test_without_a_primary_marker_is_named_and_stops_the_run(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, "@pytest.mark.no_rollback\ndef test_bare(): assert [1]\n")
    assert result.returncode == pytest.ExitCode.INTERRUPTED, result.stdout
    assert "test_planted.py::test_bare: none" in result.stdout
    assert "passed" not in result.stdout


BOTH_BY_CLASS = """
    pytestmark = pytest.mark.unit
    class TestBoth:
        @pytest.mark.integration
        def test_both(self): assert [1]
"""
BOTH_BY_PARAMETER = """
    @pytest.mark.unit
    @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.integration), 2])
    def test_some(n): assert n
"""


@pytest.mark.parametrize(
    ("planted", "name"),
    [(BOTH_BY_CLASS, "TestBoth::test_both"), (BOTH_BY_PARAMETER, "test_some[1]")],
)
def test_two_primary_markers_are_one_too_many(tmp_path: Path, planted: str, name: str) -> None:
    result = run_pytest(tmp_path, planted)
    assert result.returncode == pytest.ExitCode.INTERRUPTED, result.stdout
    assert f"{name}: unit, integration" in result.stdout
    assert "test_some[2]" not in result.stdout


def test_choosing_by_marker_does_not_hide_an_unmarked_test(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, "def test_bare(): assert [1]\n", "-m", "unit")
    assert result.returncode == pytest.ExitCode.INTERRUPTED, result.stdout
    assert "test_planted.py::test_bare: none" in result.stdout


def test_several_processes_name_the_offender_too(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, "def test_bare(): assert [1]\n", "-p", "xdist", "-n", "1")
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
    assert "test_planted.py::test_bare: none" in result.stdout


def test_a_marker_added_while_collecting_is_seen(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "def pytest_collection_modifyitems(items):\n"
        "    items[0].add_marker(pytest.mark.integration)\n"
    )
    result = run_pytest(tmp_path, "pytestmark = pytest.mark.unit\ndef test_fine(): assert [1]\n")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR, result.stdout
    assert "test_marked: unit, integration" in result.stderr


def test_one_primary_marker_and_any_other_run(tmp_path: Path) -> None:
    planted = "@pytest.mark.unit\n@pytest.mark.no_rollback\ndef test_fine(): assert [1]\n"
    result = run_pytest(tmp_path, planted)
    assert result.returncode == pytest.ExitCode.OK, result.stdout
    assert "2 passed" in result.stdout
