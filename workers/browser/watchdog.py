"""Outlives a worker that was killed, just long enough to kill its browsers.

Reads the pool's directory from its standard input and then waits for the end of that input, which
comes when the worker ends, however it ends.
"""

import os
import signal
import sys
from pathlib import Path

from workers.browser.directories import clear


def main() -> None:
    """Wait for the end of the worker, then clear up after it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    directory = sys.stdin.buffer.readline().rstrip(b"\n")
    sys.stdin.buffer.read()
    if directory:
        clear(Path(os.fsdecode(directory)))


if __name__ == "__main__":
    main()
