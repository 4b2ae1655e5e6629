"""Finds and kills every process that belongs to a browser, whoever became its parent.

Playwright starts Chromium in a session of its own and Chromium's crash handlers detach twice, so
neither a process group nor the parent chain holds the whole tree. What all of them carry is the
path of the private directory they were started with: as ``TMPDIR`` in the environment, or as
``--user-data-dir`` in the arguments (Chromium overwrites the environment of its helpers). That
path, random and not secret, is the marker of a tree.

Standard library only: the watchdog runs this without site packages.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_POLL_SECONDS: Final = 0.02
_KILL_SECONDS: Final = 10.0
_COLLECT_SECONDS: Final = 2.0


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the thread that started it ends.

    Raises:
        ProcessLookupError: The parent is gone already.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise ProcessLookupError(f"process {parent} is gone")


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, instead of process 1."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What stays readable of a process even when it is a zombie."""

    pid: int
    letter: str
    parent: int
    session: int

    @classmethod
    def read(cls, pid: int) -> Self | None:
        """The state of a process, or ``None`` when there is no such process."""
        try:
            line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        # The second field is the name in parentheses, and a name may hold anything.
        letter, parent, _, session = line.rpartition(")")[2].split()[:4]
        return cls(pid, letter, int(parent), int(session))


@dataclass(slots=True)
class ProcessTree:
    """All processes started with one private directory.

    Attributes:
        marker: The path of the directory.
        leader: The process that somebody awaits and that is therefore not collected here.
    """

    marker: str
    leader: int | None = None
    _sessions: set[int] = field(default_factory=set)

    def list_alive(self) -> list[int]:
        """Ids of the live processes; zombies do not count. Remembers the sessions they form.

        A process that is about to end has lost its arguments already but still has its children,
        so its session counts as well.
        """
        wanted = os.fsencode(self.marker)
        alive = []
        for pid in _list_processes():
            state = None if pid == os.getpid() else ProcessState.read(pid)
            if state is None or state.letter in "ZX":
                continue
            if state.session in self._sessions:
                alive.append(pid)
            elif _carries(pid, wanted):
                alive.append(pid)
                self._sessions.add(state.session)
        return alive

    def send(self, number: int) -> int:
        """Send a signal to every live process; how many there were."""
        alive = self.list_alive()
        for pid in alive:
            self._send_to(pid, number)
        return len(alive)

    def collect(self) -> bool:
        """Collect the zombies that this process adopted from the tree; whether all are gone.

        A zombie has neither environment nor arguments, so it is known by its session. One whose
        parent has not ended yet is adopted only when it has.
        """
        clean = True
        for pid in _list_processes():
            state = ProcessState.read(pid)
            if state is None or state.letter != "Z" or state.session not in self._sessions:
                continue
            if pid != self.leader:
                clean = _collect(state) and clean
        return clean

    async def kill(self, grace_s: float) -> None:
        """Ask every process to end, wait, then kill; returns when none is left.

        Raises:
            TimeoutError: Processes survive SIGKILL for ten seconds (stuck in the kernel).
        """
        if grace_s > 0 and self.send(signal.SIGTERM):
            await self.wait_until_gone(grace_s)
        deadline = time.monotonic() + _KILL_SECONDS
        # New processes may appear while the list is walked: walk until it is empty.
        while self.send(signal.SIGKILL):
            if time.monotonic() > deadline:
                raise TimeoutError(f"processes {self.list_alive()} survive SIGKILL")
            await asyncio.sleep(_POLL_SECONDS)
        deadline = time.monotonic() + _COLLECT_SECONDS
        while not self.collect():
            if time.monotonic() > deadline:
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def wait_until_gone(self, seconds: float) -> bool:
        """Whether every process ended by itself within this time."""
        deadline = time.monotonic() + seconds
        while self.list_alive():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    def kill_now(self) -> None:
        """Kill without grace, where there is no event loop."""
        deadline = time.monotonic() + _KILL_SECONDS
        while self.send(signal.SIGKILL) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        self.collect()

    def _send_to(self, pid: int, number: int) -> None:
        """Signal a process through a handle, so that a reused id is never hit."""
        with contextlib.suppress(ProcessLookupError):
            handle = os.pidfd_open(pid)
            try:
                if _carries(pid, os.fsencode(self.marker)):
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)


def _collect(zombie: ProcessState) -> bool:
    """Collect a zombie; ``False`` while its parent or one of its threads has not ended yet."""
    if zombie.parent != os.getpid():
        return False
    try:
        return os.waitpid(zombie.pid, os.WNOHANG)[0] == zombie.pid
    except ChildProcessError:
        return True


def _list_processes() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _carries(pid: int, marker: bytes) -> bool:
    for part in ("cmdline", "environ"):
        try:
            if marker in Path(f"/proc/{pid}/{part}").read_bytes():
                return True
        except OSError:
            # The process ended, or belongs to somebody else: not one of ours.
            continue
    return False


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
