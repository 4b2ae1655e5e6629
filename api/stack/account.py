"""The unprivileged account that runs database servers when the stack itself is started by root."""

import fcntl
import functools
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.stack.errors import StackError

ACCOUNT_NAME = "metamorph"
_FALLBACK_NAME = "nobody"
_ACCOUNTS = Path("/etc")
"""Where the system keeps its accounts; whoever changes them locks the directory itself."""


@dataclass(frozen=True)
class ServerAccount:
    """A user of the operating system other than root."""

    name: str
    uid: int
    gid: int


def own_name() -> str:
    """The name of the user running this process, which PostgreSQL insists on."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise StackError(
            f"user id {os.geteuid()} has no name in /etc/passwd, which PostgreSQL needs: "
            "run as a named user, or set METAMORPH_DATABASE_URL to a PostgreSQL server"
        ) from None


def account_for(directory: Path) -> ServerAccount | None:
    """The account to run a server under, or None when this process is not root.

    A server whose files exist keeps their owner, so that a stack once started without root
    continues under the same user.
    """
    if os.geteuid() != 0:
        return None
    if directory.is_dir() and (owner := directory.stat().st_uid) != 0:
        try:
            entry = pwd.getpwuid(owner)
        except KeyError:
            raise StackError(
                f"{directory} belongs to user id {owner}, which has no name on this machine: "
                "chown it to an existing user other than root"
            ) from None
        return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid)
    return _dedicated_account()


@functools.cache
def _dedicated_account() -> ServerAccount:
    entry = _find(ACCOUNT_NAME) or _create_once() or _find(_FALLBACK_NAME)
    if entry is None or entry.pw_uid == 0:
        raise StackError(
            "database servers refuse to run as root and there is no other account: "
            f"create one (useradd --system {ACCOUNT_NAME}), or run as a normal user"
        )
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create_once() -> pwd.struct_passwd | None:
    """Create the account unless somebody else did so while we waited for him.

    `useradd` looks for the name before it waits for its own lock: of two that start together, the
    second one gives the account another number, under which the first one's server runs already.
    """
    with _alone_among_accounts():
        return _find(ACCOUNT_NAME) or _create()


@contextmanager
def _alone_among_accounts() -> Iterator[None]:
    """Wait for others who create the account on this machine."""
    descriptor = os.open(_ACCOUNTS, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create() -> pwd.struct_passwd | None:
    """Create the account where the system lets us; images without `useradd` fall back to nobody."""
    useradd = shutil.which("useradd")
    if useradd is None:
        return None
    arguments = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    subprocess.run(
        [useradd, *arguments, "--shell", "/usr/sbin/nologin", ACCOUNT_NAME],
        check=False,
        capture_output=True,
    )
    return _find(ACCOUNT_NAME)


def account_can(account: ServerAccount | None, test: str, path: Path) -> bool:
    """Whether the account passes `test -r|-w|-x path`, parents and mount options included.

    Asked of the kernel as that user, because modes alone do not tell (ACLs, read-only mounts).
    """
    command = ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)]
    if account is None:
        return subprocess.run(command, check=False, cwd="/").returncode == 0
    return (
        subprocess.run(
            command, check=False, cwd="/", user=account.uid, group=account.gid, extra_groups=[]
        ).returncode
        == 0
    )
