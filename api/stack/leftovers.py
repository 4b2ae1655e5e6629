"""Ending processes of an owner that was killed before it could stop them itself."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

_CLOCK_TICK_SECONDS = 0.05
_POLL_SECONDS = 0.01


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
        """The process, if it is still the same one and alive."""
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) < _CLOCK_TICK_SECONDS:
                return process if is_alive(process) else None
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


def orphans_of(mark: ProcessMark) -> list[psutil.Process]:
    """What a dead leader left in its process group.

    The kernel gives a group's number to nobody else while the group has members, so as long as no
    other process leads it, these are the leader's.
    """
    if psutil.pid_exists(mark.pid) and is_alive(psutil.Process(mark.pid)):
        return []
    found = []
    for process in psutil.process_iter(["create_time"]):
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            in_group = os.getpgid(process.pid) == mark.pid and process.pid != mark.pid
            if in_group and process.info["create_time"] >= mark.started - _CLOCK_TICK_SECONDS:
                found.append(process)
    return found


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs.

    A dead orphan may stay listed for ever: containers often have nobody who reaps it.
    """
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for processes that may be nobody's children; returns those that still live."""
    remaining = [process for process in processes if is_alive(process)]
    deadline = time.monotonic() + seconds
    while remaining and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        remaining = [process for process in remaining if is_alive(process)]
    return remaining


def end_leftovers(
    processes: Iterable[psutil.Process], gentle: signal.Signals, seconds: float
) -> None:
    """Signal processes that are nobody's children, wait, and kill what remains."""
    remaining = list(processes)
    for number, patience in ((gentle, seconds), (signal.SIGKILL, 5.0)):
        for process in remaining:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
                process.send_signal(signal.SIGCONT)  # a stopped process handles no signal
        remaining = wait_until_gone(remaining, patience)
        if not remaining:
            return
