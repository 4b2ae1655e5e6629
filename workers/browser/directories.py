"""The private directories of browser pools, and the removal of those whose owner died.

A pool holds a lock on its directory as long as its process lives, whatever ends it; a directory
whose lock can be taken is a leftover. Standard library only, as the watchdog needs it.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from workers.browser.process_tree import ProcessTree

_PREFIX: Final = "metamorph-browser-"
_LOCK_NAME: Final = "owner.lock"
# The path of a socket has 107 bytes; 45 are Chromium's, 11 a browser's and 27 a pool's directory.
_LONGEST_PARENT: Final = 107 - 45 - 11 - 27


@dataclass(slots=True)
class PoolDirectory:
    """The directory of one pool, locked by the process that made it."""

    path: Path
    _lock: int

    @classmethod
    def create(cls, parent: Path | None = None) -> Self:
        """Make a new directory, below the system's temporary one if no parent is given."""
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_choose_parent(parent)))
        unlocked = path / f"{_LOCK_NAME}.new"
        lock = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Under its own name only once it is held, so that no sweep finds it free.
        unlocked.rename(path / _LOCK_NAME)
        return cls(path, lock)

    def make_child(self) -> Path:
        """Make the private directory of one browser."""
        return Path(tempfile.mkdtemp(prefix="b-", dir=self.path))

    def remove(self) -> None:
        """Remove the directory and let go of the lock."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def sweep_orphans(parent: Path | None = None) -> list[Path]:
    """Kill what is left of pools whose process died, and remove their directories.

    Args:
        parent: Where pools are made; the system's temporary directory if not given.

    Returns:
        The directories that were removed.
    """
    swept = []
    for path in sorted(_choose_parent(parent).glob(f"{_PREFIX}*")):
        lock = _take_lock(path)
        if lock is None:
            continue
        try:
            clear(path)
            swept.append(path)
        finally:
            os.close(lock)
    return swept


def clear(path: Path) -> None:
    """Kill every process that was started with this directory, then remove it."""
    ProcessTree(str(path)).kill_now()
    shutil.rmtree(path, ignore_errors=True)


def _choose_parent(wanted: Path | None) -> Path:
    """Where directories are made: as wanted, unless Chromium's socket would not fit below it."""
    parent = (wanted or Path(tempfile.gettempdir())).resolve()
    return parent if len(os.fsencode(parent)) <= _LONGEST_PARENT else Path("/tmp")  # noqa: S108


def _take_lock(path: Path) -> int | None:
    """The lock of a directory of ours whose owner is dead; ``None`` when somebody holds it."""
    lock = None
    with contextlib.suppress(OSError):
        about = path.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
            return None
        lock = os.open(path / _LOCK_NAME, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock
    if lock is not None:
        os.close(lock)
    return None
