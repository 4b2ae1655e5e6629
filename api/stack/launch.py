"""Becomes a server or worker process that cannot outlive the process that asked for it.

Run as a script with the standard library only: `python -I -S launch.py <options> -- <command>`.
A `preexec_fn` would do the same work, but is unsafe (and warned about) once the parent has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def drop_privileges(uid: int, gid: int) -> None:
    """Become an unprivileged account for good: no supplementary groups, no way back."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int, death_signal: int) -> None:
    """Ask the kernel to signal this process when its parent dies; nothing to ask on macOS.

    Must come after `drop_privileges`, because a change of user clears the request.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
            sys.exit(f"prctl failed: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it died before the request was made
        sys.exit("the process that started this one is gone")


def main(arguments: list[str]) -> None:
    """Arguments: parent pid, death signal, uid, gid (-1 keeps the current account), --, command."""
    parent, death_signal, uid, gid = (int(value) for value in arguments[:4])
    command = arguments[5:]
    if uid >= 0:
        drop_privileges(uid, gid)
    # Ignored signals survive exec; a child of `nohup` or of a shell's `&` must still be stoppable.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    die_with(parent, death_signal)
    os.execv(command[0], command)  # noqa: S606 - replacing this process is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
