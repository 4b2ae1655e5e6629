"""Waiting, with an end, for processes and conditions."""

import time
from collections.abc import Callable

import psutil

POLL_SECONDS = 0.02


def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Whether the condition holds within the time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
