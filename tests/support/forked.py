"""Workers and schedulers as processes, forked from one that has imported what they run.

They are as real as those that an installation starts, and spare each test a second of imports.
"""

import os
import signal
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path

from domain.shared.settings import Settings

MODULES = {"worker": "workers.main", "scheduler": "workers.scheduler"}
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(list(MODULES.values()))


class Forked:
    """One of them; the methods are those of `subprocess.Popen`."""

    def __init__(self, role: str, environment: Mapping[str, str], log: Path) -> None:
        self._process = CONTEXT.Process(target=carry, args=(role, dict(environment), log))
        self._process.start()

    def poll(self) -> int | None:
        """How it ended, if it has."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int | None:
        """How it ended, at the latest after so many seconds."""
        self._process.join(seconds)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Signal it."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()

    def terminate(self) -> None:
        """SIGTERM."""
        self._process.terminate()


def carry(role: str, environment: Mapping[str, str], log: Path) -> None:
    """Run the role in this process, with this environment, writing to this log."""
    from importlib import import_module

    os.environ.clear()
    os.environ.update(environment)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    import_module(MODULES[role]).run(Settings())
