"""Starting child processes that die with their parent, and ending them in bounded time."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.stack.account import ServerAccount

_LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class ChildCommand:
    """What to run: `arguments[0]` is an absolute path; `environment` replaces the inherited."""

    arguments: Sequence[str]
    directory: Path
    log: Path
    environment: Mapping[str, str]
    death_signal: signal.Signals = signal.SIGTERM
    account: ServerAccount | None = None


def start_child(command: ChildCommand) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C in the terminal reaches only the owner.

    Call it from a thread that lives as long as the child should: Linux sends the death signal when
    the starting thread ends.
    """
    account = command.account
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    limits = [str(os.getpid()), str(int(command.death_signal)), str(uid), str(gid)]
    with command.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LAUNCHER), *limits, "--", *command.arguments],
            cwd=command.directory,
            env=dict(command.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal the child and everything it started that stayed in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def end_child(
    process: subprocess.Popen[bytes], *steps: tuple[signal.Signals, float], whole_group: bool
) -> None:
    """Send each signal in turn, waiting its seconds, until the child is gone; SIGKILL is the last.

    Whatever the child left in its process group is killed too.
    """
    for number, seconds in steps:
        if process.poll() is not None:
            break
        if whole_group:
            signal_group(process, number)
        else:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    signal_group(process, signal.SIGKILL)
    process.wait()
