"""Places that cannot be written: one clear line, exit code 1, no traceback."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.cli.stacks import StackHere

pytestmark = pytest.mark.integration

ROOM_BYTES = 24_000_000
"""Enough to begin creating a database, not enough to finish."""


def explain(result: subprocess.CompletedProcess[str]) -> str:
    """The one line that is left for the person, after the word that something began."""
    assert result.returncode == 1
    lines = [line for line in result.stderr.splitlines() if line != "Starting ..."]
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.fixture
def mount(place: Path) -> Iterator[Path]:
    """A small file system of its own."""
    target = place / "disk"
    target.mkdir()
    options = f"size={ROOM_BYTES},mode=0755"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(target)],
        check=False,
        capture_output=True,
    )
    if made.returncode != 0:
        pytest.skip("this machine does not let us mount a file system")
    yield target
    subprocess.run(["umount", "-l", str(target)], check=True)


@pytest.mark.parametrize("command", ["up", "migrate"])
def test_a_directory_that_cannot_be_made_is_named(place, command):
    (place / "file").write_text("in the way")
    stack = StackHere(place / "file" / "var")
    line = explain(stack.run(command))
    assert line.startswith(f"metamorph: cannot write {place / 'file'}")
    assert "METAMORPH_VAR_DIR" in line


def test_a_read_only_directory_is_named(mount):
    subprocess.run(["mount", "-o", "remount,ro", str(mount)], check=True)
    line = explain(StackHere(mount / "var").run("up"))
    assert line.startswith(f"metamorph: cannot write {mount}/var: Read-only file system")
    assert "METAMORPH_VAR_DIR" in line


def test_a_full_disk_is_named_and_nothing_is_left_running(mount):
    stack = StackHere(mount / "var")
    line = explain(stack.run("up"))
    assert "No space left on device" in line
    assert "METAMORPH_VAR_DIR" in line
    assert stack.run("status").returncode == 1


def test_a_directory_of_someone_else_is_named(place):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (place / "var").mkdir(mode=0o555)
    line = explain(StackHere(place / "var").run("up"))
    assert "Permission denied" in line
