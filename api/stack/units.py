"""The things a supervisor keeps running: embedded servers and the product's own processes."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from api.stack.children import ChildCommand, end_child, start_child

QUICK_CRASH_SECONDS = 10.0
"""A process that lived longer than this is restarted at once, however often it crashed before."""

_FIRST_DELAY_SECONDS = 0.5
_LONGEST_DELAY_SECONDS = 15.0
_LATE_SECONDS = 10.0
"""Beyond its graces: a stopped browser test says its last words for 4 s, and parts are closed."""


class Unit(Protocol):
    """Something that can be started, watched by its process id, and stopped."""

    @property
    def pid(self) -> int | None:
        """The living process, or None."""

    def start(self) -> object:
        """Start it, or start it again after a crash; returns when it can be used.

        Raises:
            StackError: it cannot be started.
        """

    def stop(self) -> None:
        """Stop it in bounded time; harmless when it is not running."""


@dataclass(frozen=True)
class ProcessSpec:
    """One of the product's own processes.

    Attributes:
        name: also names its log file.
        arguments: the command; the first is an absolute path.
        stop_seconds: what it may take to hand back its work after SIGTERM.
    """

    name: str
    arguments: tuple[str, ...]
    stop_seconds: float


class ProcessUnit:
    """A process of the product in a process group of its own."""

    def __init__(self, spec: ProcessSpec, log: Path, environment: Mapping[str, str]) -> None:
        self._spec = spec
        self._log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The living process, or None."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def start(self) -> None:
        """Start it, after killing what a crashed one left in its process group."""
        self.stop()
        self._process = start_child(
            ChildCommand(
                self._spec.arguments,
                directory=self._log.parent,
                log=self._log,
                environment=self._environment,
            )
        )

    def ask_to_stop(self) -> None:
        """Send SIGTERM without waiting, so that several can stop at the same time."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """End it: SIGTERM, its grace, then SIGKILL for the whole group."""
        if self._process is not None:
            steps = (signal.SIGTERM, self._spec.stop_seconds)
            end_child(self._process, steps, whole_group=False)
            self._process = None


def pulse_file(var_dir: Path, name: str) -> Path:
    """What a process of the stack renews while it goes round, if it is of a kind that does."""
    return var_dir / "run" / f"{name}.pulse"


def restart_delay(quick_crashes: int) -> float:
    """Seconds to wait before a restart: none after the first crash, then doubling."""
    if quick_crashes <= 1:
        return 0.0
    return float(min(_FIRST_DELAY_SECONDS * 2 ** (quick_crashes - 2), _LONGEST_DELAY_SECONDS))


def product_processes(workers: int, grace_seconds: float) -> tuple[ProcessSpec, ...]:
    """The product's processes as `metamorph` commands, in the order in which they are stopped."""
    command = (sys.executable, "-m", "api.cli.main")
    names = ("worker",) if workers == 1 else tuple(f"worker-{n}" for n in range(1, workers + 1))
    return (
        ProcessSpec("api", (*command, "api"), stop_seconds=10.0),
        ProcessSpec("scheduler", (*command, "scheduler"), stop_seconds=10.0),
        *(ProcessSpec(name, (*command, "worker"), grace_seconds + _LATE_SECONDS) for name in names),
    )
