"""Starting a stack in the background and stopping it from another process."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from api.stack.errors import StackError
from api.stack.journal import last_words
from api.stack.leftovers import wait_until_gone
from api.stack.record import (
    StackRecord,
    end_processes_of,
    find_running,
    forget_record,
    read_record,
    take_stack_lock,
)

STOP_SECONDS = 60.0
_POLL_SECONDS = 0.05
_READY = b"ready"
_RUNS_ALREADY = b"runs already"


@dataclass(frozen=True)
class Started:
    """A stack that is ready; `by_us` is false when another command was faster."""

    record: StackRecord
    by_us: bool


def start_in_background(
    command: tuple[str, ...], var_dir: Path, environment: Mapping[str, str]
) -> Started:
    """Run the supervisor in a session of its own and wait until the stack is ready.

    Args:
        command: starts a supervisor; the number of a file descriptor is added as last argument, on
            which `report_ready` or `report_failure` must be called.

    Raises:
        StackError: it did not become ready; it has stopped everything again.
    """
    output = var_dir / "log" / "supervisor.err"
    receiver, sender = os.pipe()
    with output.open("ab") as log:
        process = subprocess.Popen(
            [*command, str(sender)],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(sender,),
        )
    os.close(sender)
    try:
        with os.fdopen(receiver, "rb") as pipe:
            said = pipe.read().strip()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
        raise
    if said not in {_READY, _RUNS_ALREADY}:
        process.wait(STOP_SECONDS)
        reason = said.decode(errors="replace") or f"the supervisor ended: {last_words(output)}"
        raise StackError(reason)
    record = find_running(var_dir)
    if record is None:
        raise StackError(f"the stack stopped right after its start (see {var_dir / 'log'})")
    return Started(record, by_us=said == _READY)


def report_ready(descriptor: int) -> None:
    """Tell the waiting `start_in_background` that the stack can be used."""
    _report(descriptor, _READY)


def report_running(descriptor: int) -> None:
    """Tell the waiting `start_in_background` that somebody else's stack can be used."""
    _report(descriptor, _RUNS_ALREADY)


def report_failure(descriptor: int, reason: str) -> None:
    """Tell the waiting `start_in_background` why there will be no stack."""
    _report(descriptor, reason.encode())


def keep_to_itself(descriptor: int) -> None:
    """Children must not inherit the pipe: the waiting side reads until the last holder closes it."""
    os.set_inheritable(descriptor, False)


def claim_stack(var_dir: Path, seconds: float) -> StackRecord | IO[str]:
    """Become the supervisor of `var_dir`, or find the one that is ready already.

    While another one is starting or stopping, wait to see which of the two it will be.

    Raises:
        StackError: neither within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while (lock := take_stack_lock(var_dir)) is None:
        record = find_running(var_dir)
        if record is not None and record.ready:
            return record
        if time.monotonic() > deadline:
            raise StackError(f"another stack on {var_dir} neither gets ready nor stops")
        time.sleep(_POLL_SECONDS)
    return lock


def stop_stack(var_dir: Path) -> bool:
    """Stop the stack that runs on `var_dir`; returns whether there was one.

    A supervisor that does not stop in time is killed, and what it leaves behind is ended.

    Raises:
        StackError: it runs but cannot be found or may not be stopped by this user.
    """
    record = read_record(var_dir)
    supervisor = record.supervisor.find() if record is not None else None
    if supervisor is not None:
        _end_supervisor(supervisor)
    lock = take_stack_lock(var_dir) if var_dir.is_dir() else None
    if lock is None:
        if not var_dir.is_dir():
            return False
        raise StackError(f"a stack on {var_dir} is just starting: try again in a moment")
    with lock:
        left = end_processes_of(record) if record is not None else 0
        forget_record(var_dir)
    return supervisor is not None or left > 0


def _end_supervisor(supervisor: psutil.Process) -> None:
    try:
        supervisor.send_signal(signal.SIGTERM)
        if wait_until_gone([supervisor], STOP_SECONDS):
            supervisor.kill()
            wait_until_gone([supervisor], STOP_SECONDS)
    except psutil.AccessDenied as error:
        raise StackError(
            f"process {supervisor.pid} belongs to another user: stop it as that user"
        ) from error
    except psutil.NoSuchProcess:
        return


def _report(descriptor: int, text: bytes) -> None:
    with os.fdopen(descriptor, "wb") as pipe:
        pipe.write(text)
