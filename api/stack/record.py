"""What a running stack writes down, so that other commands find it and a later one cleans up."""

import contextlib
import fcntl
import json
import signal
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import psutil

from api.stack.errors import StackError
from api.stack.home import write_private
from api.stack.leftovers import ProcessMark, end_leftovers, orphans_of

LEFTOVER_SECONDS = 4.0
"""For processes whose servers are gone already: they cannot hand anything back any more."""


@dataclass(frozen=True)
class StackUrls:
    """How the processes of a stack reach its servers; passwords included."""

    app: str
    engine: str
    owner: str
    redis: str

    def as_environment(self) -> dict[str, str]:
        """The variables that `Settings` reads."""
        return {
            "METAMORPH_DATABASE_URL": self.app,
            "METAMORPH_ENGINE_DATABASE_URL": self.engine,
            "METAMORPH_OWNER_DATABASE_URL": self.owner,
            "METAMORPH_REDIS_URL": self.redis,
        }


@dataclass(frozen=True)
class StackRecord:
    """One stack as it is now.

    Attributes:
        base_url: where its API answers.
        ready: whether it has answered yet.
        processes: every process it started, by name.
        restarts: how often each was started again after a crash.
    """

    supervisor: ProcessMark
    base_url: str
    urls: StackUrls
    ready: bool = False
    processes: dict[str, ProcessMark] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)


def lock_path(var_dir: Path) -> Path:
    """The file whose lock the supervisor holds for as long as it lives."""
    return var_dir / "run" / "stack.lock"


def take_stack_lock(var_dir: Path) -> IO[str] | None:
    """Become the only supervisor of `var_dir`; None when another one lives.

    The kernel drops the lock with its holder, so a killed supervisor leaves nothing stale behind.

    Raises:
        StackError: the directory cannot be written.
    """
    path = lock_path(var_dir)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        lock = path.open("a+")
    except OSError as error:
        raise StackError(
            f"cannot write {error.filename or var_dir}: {error.strerror}. Fix its permissions, "
            "or set METAMORPH_VAR_DIR to a directory that can be written"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def write_record(var_dir: Path, record: StackRecord) -> None:
    """Write the record, readable by its owner only."""
    write_private(_path(var_dir), json.dumps(asdict(record), indent=1))


def read_record(var_dir: Path) -> StackRecord | None:
    """The last record written, whether or not that stack still lives."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        raw = json.loads(_path(var_dir).read_text())
        return StackRecord(
            supervisor=ProcessMark(**raw["supervisor"]),
            base_url=raw["base_url"],
            urls=StackUrls(**raw["urls"]),
            ready=raw["ready"],
            processes={name: ProcessMark(**mark) for name, mark in raw["processes"].items()},
            restarts=raw["restarts"],
        )
    return None


def find_running(var_dir: Path) -> StackRecord | None:
    """The record of the stack that runs on `var_dir` now."""
    record = read_record(var_dir)
    return record if record is not None and record.supervisor.find() is not None else None


def forget_record(var_dir: Path) -> None:
    """Remove the record of a stack that has stopped."""
    _path(var_dir).unlink(missing_ok=True)


def end_processes_of(record: StackRecord, servers: Collection[str] = ("postgres", "redis")) -> int:
    """End what a killed supervisor left running; returns how many processes that were.

    Its servers are left to their own classes, which know how to stop them without losing data.
    """
    marks = [mark for name, mark in record.processes.items() if name not in servers]
    leaders = [found for mark in marks if (found := mark.find()) is not None]
    families = [orphan for mark in marks for orphan in orphans_of(mark)]
    for leader in leaders:
        with contextlib.suppress(psutil.NoSuchProcess):
            families += leader.children(recursive=True)
    end_leftovers(leaders, signal.SIGTERM, LEFTOVER_SECONDS)
    end_leftovers(families, signal.SIGKILL, LEFTOVER_SECONDS)
    return len({process.pid for process in (*leaders, *families)})


def _path(var_dir: Path) -> Path:
    return var_dir / "run" / "stack.json"
