"""Ending processes of an owner that was killed before it could stop them itself."""

import contextlib
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class ProcessMark:
    """A process as written to disk: the start time tells it from a later one with the same id."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessMark":
        """The mark of a living process."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process, if it is still the same one."""
        try:
            process = psutil.Process(self.pid)
            return process if abs(process.create_time() - self.started) < 0.05 else None
        except psutil.NoSuchProcess:
            return None


def processes_in(directory: Path, program: str) -> list[psutil.Process]:
    """Every process of that program whose working directory is `directory`.

    Servers here are started in their own private directory, so this finds exactly theirs, however
    stale a pid file is.
    """
    found = []
    for process in psutil.process_iter(["name"]):
        if not str(process.info["name"]).startswith(program):
            continue
        with contextlib.suppress(psutil.Error):
            if process.cwd() == str(directory):
                found.append(process)
    return found


def end_leftovers(
    processes: Iterable[psutil.Process], gentle: signal.Signals, seconds: float
) -> None:
    """Signal processes that are nobody's children, wait, and kill what remains."""
    remaining = list(processes)
    for number, patience in ((gentle, seconds), (signal.SIGKILL, 5.0)):
        for process in remaining:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _, remaining = psutil.wait_procs(remaining, timeout=patience)
        if not remaining:
            return
