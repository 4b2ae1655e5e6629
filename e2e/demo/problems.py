"""What can go wrong on somebody's machine, in one line with the next step; the rest is a bug."""

import subprocess

import httpx

from api.stack.errors import StackError
from e2e.demo.client import GraphQLFailed

TRY_AGAIN = "Look at `metamorph status` and at the log directory, then run the demo again."
INTERRUPTED = 130


def describe(error: BaseException) -> str | None:
    """What a person is told, or None for what nobody expects, which shows its traceback."""
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted."
    if isinstance(error, subprocess.CalledProcessError):
        words = " ".join(str(part) for part in error.cmd[3:])
        return f"`metamorph {words}` failed and said above what is wrong."
    if isinstance(error, StackError | GraphQLFailed):
        return str(error)
    if isinstance(error, httpx.HTTPError | ConnectionError | TimeoutError):
        reason = str(error).rstrip(".") or type(error).__name__
        return f"The API does not answer ({reason}). {TRY_AGAIN}"
    if isinstance(error, OSError):
        place = error.filename or "a file"
        return (
            f"Cannot use {place}: {error.strerror or error}. Free space or fix its permissions, "
            "or set METAMORPH_VAR_DIR to another directory."
        )
    return None


def exit_code(error: BaseException) -> int:
    """What the shell gets: a failed command's own code, 130 after Ctrl-C, else 1."""
    if isinstance(error, subprocess.CalledProcessError):
        return error.returncode
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
