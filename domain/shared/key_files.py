"""Files of keys: they appear whole or not at all, and whoever uses them sees when they change."""

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

KEY_SUFFIXES = (".key", ".pem")
LOCK_FILE = ".lock"
LOOK_SECONDS = 2.0
"""How long a process may go on with keys that were replaced; one it does not know it looks up."""

Keys = TypeVar("Keys")
Stamp = tuple[tuple[str, int, int], ...]


class KeyTrouble(RuntimeError):
    """Something about a key of this installation; one line for whoever runs it."""


class MissingKey(KeyTrouble):
    """A key is not there, and nobody may make it unasked."""


class UnusableKey(KeyTrouble):
    """What should be a key is none."""


class KeyInUse(KeyTrouble):
    """A key cannot go yet: what it signed or sealed would be lost."""


def make_directory(directory: Path) -> None:
    """Make the directory of keys, which nobody else may enter."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)


def make_file(path: Path, content: bytes) -> bool:
    """Write a new file (0600) that appears complete or not at all; False where there is one."""
    draft = write_draft(path, content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def write_draft(path: Path, content: bytes) -> Path:
    """Write what is to become `path` under another name (0600), safe from a power cut.

    Written by root, it belongs to whom the directory belongs to: the processes must read it.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(draft, owner.st_uid, owner.st_gid)
    return draft


def read_made_at(path: Path) -> datetime:
    """When a key was made: its file is written once, and renamed at most."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


@contextlib.contextmanager
def changing(directory: Path) -> Iterator[None]:
    """Be the only one who changes keys; whoever reads them need not wait."""
    make_directory(directory)
    descriptor = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def take_stamp(directory: Path) -> Stamp:
    """What differs after a change: names, inodes and times of the key files."""
    try:
        with os.scandir(directory) as entries:
            files = [one for one in entries if one.name.endswith(KEY_SUFFIXES)]
            stats = [(one.name, one.stat()) for one in files if not one.name.startswith(".")]
    except FileNotFoundError:
        return ()
    return tuple(sorted((name, stat.st_ino, stat.st_mtime_ns) for name, stat in stats))


class Followed(Generic[Keys]):
    """Keys that are read anew when their directory changes; nothing is ever fetched.

    Args:
        directory: Where the files are.
        read: Reads all of them.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        directory: Path,
        read: Callable[[], Keys],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._read = read
        self._clock = clock
        self._stamp = take_stamp(directory)  # first: a change in between is seen the next time
        self._keys = read()
        self._looked = clock()

    @property
    def keys(self) -> Keys:
        """The keys, at most `LOOK_SECONDS` old."""
        return self._keys if self._clock() - self._looked < LOOK_SECONDS else self.look()

    def look(self) -> Keys:
        """The keys as they are now; those from before where they cannot be read."""
        self._looked = self._clock()
        try:
            stamp = take_stamp(self._directory)
            if stamp != self._stamp:
                self._keys = self._read()
                self._stamp = stamp
        except (KeyTrouble, OSError) as error:
            log.warning("keys.unreadable", error=str(error))
        return self._keys
