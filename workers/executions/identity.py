"""Who a worker is, precisely enough that others on its machine can tell whether it still lives.

A name is `machine/pid/start/nonce`: `machine` joins host name, boot and process-id namespace, `start`
is the process's start time in clock ticks (proc(5), field 22 of stat), so that a process id that was
given out again is not mistaken for the worker that had it.
"""

import os
import secrets
import socket
from pathlib import Path

PROC = Path("/proc")
_START_FIELD = 19
"""Field 22 of `/proc/PID/stat`, counted from the one after the command's closing bracket."""


def describe_machine() -> str:
    """This host, boot and process-id namespace; "" where there is no /proc to tell."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = (PROC / "self/ns/pid").readlink()
    except OSError:
        return ""
    return f"{socket.gethostname()}:{boot[:8]}:{str(namespace)[5:-1]}"


def describe_worker() -> str:
    """The name of this process as a worker; unique even if it starts twice in one tick."""
    pid = os.getpid()
    machine = describe_machine() or socket.gethostname()
    return f"{machine}/{pid}/{read_start(pid) or 0}/{secrets.token_hex(4)}"


def read_start(pid: int) -> int | None:
    """Start time of a process in clock ticks; None when there is none, or it is a zombie."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in ("Z", "X") else int(rest[_START_FIELD - 1])


def is_dead(worker: str) -> bool:
    """Whether a worker of this machine is certainly gone; False when in doubt."""
    machine, *rest = worker.rsplit("/", 3)
    if not machine or machine != describe_machine() or len(rest) != 3:
        return False
    pid, start, _ = rest
    return pid.isdigit() and start.isdigit() and read_start(int(pid)) != int(start)
