"""Directories for servers that a test may kill, and a bounded way to wait for what follows."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that any account may pass through, as an ordinary clone is."""
    directory = Path(tempfile.mkdtemp(prefix="mmt-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def private_place(place: Path) -> Path:
    """A directory that only its owner may pass through, as /root is."""
    directory = place / "home"
    directory.mkdir(mode=0o700)
    return directory
