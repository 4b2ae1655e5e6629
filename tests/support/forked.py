"""Processes of the product, forked from one that has imported what they run.

They are as real as those that an installation starts, and spare each test a second of imports.
What a test sends signals to in its own terminal is better started with `subprocess`.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

ROLES = {"worker": "workers.main", "scheduler": "workers.scheduler"}
COMMAND_LINE = "api.cli.main"
COMMAND_SECONDS = 60
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload([*ROLES.values(), "api.app", COMMAND_LINE, "migrations.apply"])

Streams = tuple[Path, Path, Path]
"""What is read, and where output and errors are written; these two may be one file."""


class Forked:
    """One of them; the methods are those of `subprocess.Popen`."""

    def __init__(
        self, carry: Callable[..., None], *given: object, env: Mapping[str, str], streams: Streams
    ) -> None:
        self._process = CONTEXT.Process(target=_carry, args=(carry, given, dict(env), streams))
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


def start_role(role: str, environment: Mapping[str, str], log: Path) -> Forked:
    """Start a worker or a scheduler."""
    return Forked(_carry_role, role, env=environment, streams=(Path(os.devnull), log, log))


def start_command(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    module: str = COMMAND_LINE,
) -> Forked:
    """Start a `metamorph` command that goes on until it is stopped."""
    streams = (Path(os.devnull), log, log)
    return Forked(_carry_module, module, *arguments, env=environment, streams=streams)


def run_command(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    typed: str = "",
    module: str = COMMAND_LINE,
) -> CompletedProcess[str]:
    """Run a `metamorph` command to its end, as it is or as another module has it.

    Raises:
        subprocess.TimeoutExpired: It was still running after `COMMAND_SECONDS`, and was killed.
    """
    with tempfile.TemporaryDirectory(prefix="mmt-") as directory:
        given, told, complained = (Path(directory, name) for name in ("in", "out", "err"))
        given.write_text(typed)
        streams = (given, told, complained)
        forked = Forked(_carry_module, module, *arguments, env=environment, streams=streams)
        code = forked.wait(COMMAND_SECONDS)
        if code is None:
            forked.kill()
            raise TimeoutExpired(list(arguments), COMMAND_SECONDS, told.read_text())
        return CompletedProcess(arguments, code, told.read_text(), complained.read_text())


def _carry_module(module: str, *arguments: str) -> None:
    sys.argv = [module, *arguments]
    import_module(module).run()


def _carry_role(role: str) -> None:
    from domain.shared.settings import Settings

    import_module(ROLES[role]).run(Settings())


def _carry(
    carry: Callable[..., None], given: tuple[object, ...], env: dict[str, str], streams: Streams
) -> None:
    """Become a process of its own: its environment and its streams."""
    os.environ.clear()
    os.environ.update(env)
    entered, told, complained = streams
    for descriptor, path in ((0, entered), (1, told), (2, complained)):
        flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        opened = os.open(path, flags)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    carry(*given)
