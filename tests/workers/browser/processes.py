"""Looks at the processes of a pool, as the kernel knows them."""

import os
import signal
import time
from pathlib import Path

from workers.browser.process_tree import ProcessTree

CHILD = "workers.browser.child"
NODE = "run-driver"
CHROMIUM = "--no-startup-window"
RENDERER = "--type=renderer"


def alive(directory: Path) -> list[int]:
    """Processes that were started with this directory, zombies not counted."""
    return ProcessTree(str(directory)).list_alive()


def find(directory: Path, part: str) -> list[int]:
    """Those of them whose arguments contain this and those of their parents do not.

    A process that was forked and not yet become another one still has its parent's arguments.
    """
    found = [pid for pid in alive(directory) if part in read(pid, "cmdline")]
    return [pid for pid in found if parent_of(pid) not in found]


def kill(directory: Path, part: str, number: int = signal.SIGKILL) -> int:
    """Signal those of them whose arguments contain this; how many there were."""
    found = find(directory, part)
    for pid in found:
        os.kill(pid, number)
    return len(found)


def parent_of(pid: int) -> int:
    """The parent of a process; 0 when it is gone."""
    fields = read(pid, "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else 0


def read(pid: int, name: str) -> str:
    """Arguments or environment of a process; nothing when it is gone or not ours to read."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def wait_until_gone(directory: Path, seconds: float = 10.0) -> list[int]:
    """What is still alive after this time; nothing, as soon as nothing is."""
    deadline = time.monotonic() + seconds
    while (left := alive(directory)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def zombies_of(parent: int) -> list[int]:
    """Children that ended and that nobody collected."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            line = read(int(entry.name), "stat").rpartition(")")[2].split()
            if line[:2] == ["Z", str(parent)]:
                found.append(int(entry.name))
    return found
