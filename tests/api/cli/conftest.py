"""Stacks on directories of their own, gone afterwards whatever a test did to them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.cli.stacks import StackHere


@pytest.fixture
def stack(place: Path) -> Iterator[StackHere]:
    """A stack of the test's own, not started yet."""
    stack = StackHere(place / "var")
    yield stack
    stack.run("down")


@pytest.fixture(scope="module")
def running() -> Iterator[StackHere]:
    """A running stack that the tests of a module share; they must leave it running."""
    directory = Path(tempfile.mkdtemp(prefix="mmt-"))
    directory.chmod(0o755)
    stack = StackHere(directory / "var")
    started = stack.run("up")
    assert started.returncode == 0, started.stderr
    yield stack
    stack.run("down")
    shutil.rmtree(directory, ignore_errors=True)
