"""A private directory per embedded server, where the account that runs the server can reach it."""

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from api.stack.account import ServerAccount, account_can, account_for
from api.stack.binaries import RELOCATION_ROOT
from api.stack.errors import AlreadyOwnedError, StackError
from api.stack.leftovers import processes_in

_LONGEST_SOCKET_PATH = 100
"""Bytes. The kernel takes 107 (Linux) or 103 (macOS); `.s.PGSQL.5432` counts."""

_SOCKET_NAME_ROOM = len("/.s.PGSQL.5432")


@dataclass(frozen=True)
class ServerHome:
    """Where one server lives.

    Attributes:
        files: data files, mode 0700, owned by `account`.
        sockets: the Unix socket's directory, mode 0700, owned by `account`, short enough to bind.
        account: who runs the server; None means the user of this process.
    """

    files: Path
    sockets: Path
    account: ServerAccount | None


def own_directory(data_dir: Path) -> IO[str]:
    """Take the lock that makes this process the only owner of the server in `data_dir`.

    Held until the returned file is closed or the process dies, however it dies.

    Raises:
        AlreadyOwnedError: another living owner holds it.
        StackError: the directory cannot be written.
    """
    try:
        _make_traversable(data_dir)
        lock = (data_dir / "owner.lock").open("a+")
    except OSError as error:
        raise StackError(_cannot_write(data_dir, error)) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise AlreadyOwnedError(f"{data_dir} is in use by process {owner}") from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def prepare_home(data_dir: Path, *, durable: bool) -> ServerHome:
    """Create or find the server's directories; call it with `own_directory`'s lock held.

    Root keeps the files below `data_dir` if the unprivileged account can reach them there. If not
    (a clone below /root), `data_dir/files` becomes a link to a place that it can reach.

    Raises:
        StackError: no usable place.
    """
    try:
        link = data_dir / "files"
        account = account_for(link)
        if not link.is_symlink():
            link.mkdir(mode=0o700, exist_ok=True)
            _hand_over(link, account)
            if not account_can(account, "-w", link):
                _relocate(link, durable=durable)
        files = link.resolve()
        files.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = account_for(files)
        _hand_over(files, account)
        return ServerHome(files, _socket_directory(files.parent, account), account)
    except OSError as error:
        raise StackError(_cannot_write(data_dir, error)) from error


def remove_home(data_dir: Path) -> None:
    """Delete a stopped server's files, wherever they are, and `data_dir` itself."""
    link = data_dir / "files"
    if link.is_symlink():
        shutil.rmtree(link.resolve().parent, ignore_errors=True)
    shutil.rmtree(_short_socket_directory(link.resolve().parent), ignore_errors=True)
    shutil.rmtree(data_dir, ignore_errors=True)


def write_private(path: Path, text: str, account: ServerAccount | None = None) -> None:
    """Write a file that only its owner can read, complete or not at all."""
    partial = path.with_name(f"{path.name}.new")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    _hand_over(partial, account)
    partial.replace(path)


def _cannot_write(data_dir: Path, error: OSError) -> str:
    return (
        f"cannot write {error.filename or data_dir}: {error.strerror}. Free space or fix its "
        "permissions, or set METAMORPH_VAR_DIR to another directory"
    )


def _make_traversable(directory: Path) -> None:
    """Create what is missing so that the account may pass through; existing parents stay as is."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)
    if os.geteuid() == 0:
        directory.chmod(0o755)


def _hand_over(path: Path, account: ServerAccount | None) -> None:
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _relocate(link: Path, *, durable: bool) -> None:
    digest = hashlib.sha256(str(link.absolute()).encode()).hexdigest()[:16]
    base = RELOCATION_ROOT if durable else Path(tempfile.gettempdir())
    place = base / f"metamorph-{digest}"
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _alone_in(base):
        if not durable:
            _forget_abandoned(base)
        place.mkdir(mode=0o755, exist_ok=True)
        if place.is_symlink() or place.stat().st_uid != os.geteuid():
            raise StackError(f"{place} belongs to someone else: remove it")
        if any(link.iterdir()):
            raise StackError(
                f"the account that runs the server can no longer reach {link}: "
                "let others pass through its parent directories (chmod o+x)"
            )
        place.chmod(0o755)
        (place / "belongs-to").write_text(f"{link.absolute()}\n")
        link.rmdir()
        link.symlink_to(place / "files")


@contextmanager
def _alone_in(base: Path) -> Iterator[None]:
    """Wait for others of this user who make or forget places: half made looks like abandoned."""
    path = base / f"metamorph-{os.geteuid()}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            raise StackError(f"{path} belongs to someone else: remove it, or set TMPDIR")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _forget_abandoned(base: Path) -> None:
    """Delete places of passing servers whose directory is gone; tests that were killed leave them."""
    for note in base.glob("metamorph-*/belongs-to"):
        place = note.parent
        with suppress(FileNotFoundError):  # its server is being removed just now
            if place.stat().st_uid != os.geteuid():
                continue
            link = Path(note.read_text().strip())
            if not link.is_symlink() and not processes_in(place / "files", ""):
                shutil.rmtree(place, ignore_errors=True)


def _short_socket_directory(place: Path) -> Path:
    digest = hashlib.sha256(str(place).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"mm-{os.geteuid()}-{digest}"


def _socket_directory(place: Path, account: ServerAccount | None) -> Path:
    directory = place / "sockets"
    if len(os.fsencode(directory)) + _SOCKET_NAME_ROOM > _LONGEST_SOCKET_PATH:
        directory = _short_socket_directory(place)
    directory.mkdir(mode=0o700, exist_ok=True)
    expected = {os.geteuid(), account.uid if account else os.geteuid()}
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in expected:
        raise StackError(f"{directory} belongs to someone else: remove it, or set TMPDIR")
    directory.chmod(0o700)
    _hand_over(directory, account)
    return directory
