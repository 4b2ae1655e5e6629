"""The stack under test: one that runs already, or one of this session's own."""

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psutil

COMMAND = (sys.executable, "-m", "api.cli.main")
ROOT = Path(__file__).parents[1]
COMMAND_SECONDS = 100
BROWSER_MARK = "metamorph-browser-"
"""Part of the path of every browser's private directory, which its processes carry."""


@dataclass(frozen=True)
class LiveStack:
    """Where a stack answers, and who may sign in."""

    url: str
    email: str
    password: str


@dataclass(frozen=True)
class OwnStack(LiveStack):
    """A stack whose processes can be seen and killed."""

    directory: Path = field(kw_only=True)

    def process(self, name: str) -> psutil.Process:
        """One of its processes, as the supervisor wrote them down."""
        record = json.loads((self.directory / "var" / "run" / "stack.json").read_text())
        return psutil.Process(record["processes"][name]["pid"])

    def restarts(self, name: str) -> int:
        """How often the supervisor started a process again."""
        record = json.loads((self.directory / "var" / "run" / "stack.json").read_text())
        count: int = record["restarts"].get(name, 0)
        return count

    def browser_processes(self) -> list[psutil.Process]:
        """Every living process that was started for a browser of this stack."""
        mark = os.fsencode(self.directory / BROWSER_MARK)
        return [process for process in psutil.process_iter() if _carries(process, mark)]


def start_own_stack(directory: Path) -> OwnStack:
    """Start a stack in `directory` on a free port, with an administrator.

    Raises:
        subprocess.CalledProcessError: it did not become ready; its own words are shown.
    """
    # Servers may run under an account of their own, which has to reach their data.
    directory.chmod(0o755)
    _call(directory, "up")
    email, password = "journeys@example.com", secrets.token_urlsafe(18)
    try:
        _call(directory, "admin", "create", "--email", email, "--password-stdin", given=password)
    except BaseException:
        stop_own_stack(directory)
        raise
    record = json.loads((directory / "var" / "run" / "stack.json").read_text())
    return OwnStack(record["base_url"], email, password, directory=directory)


def stop_own_stack(directory: Path) -> None:
    """Stop the stack in `directory`; the directory is the caller's."""
    _call(directory, "down")


def _call(directory: Path, *words: str, given: str = "") -> None:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("METAMORPH_") or name == "METAMORPH_CHROMIUM"
    }
    environment = inherited | {
        "METAMORPH_VAR_DIR": str(directory / "var"),
        "METAMORPH_PORT": "0",
        "TMPDIR": str(directory),
    }
    subprocess.run(
        [*COMMAND, *words],
        check=True,
        input=given + "\n",
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=COMMAND_SECONDS,
    )


def _carries(process: psutil.Process, mark: bytes) -> bool:
    if process.pid == os.getpid():
        return False
    for part in ("cmdline", "environ"):
        try:
            if mark in Path(f"/proc/{process.pid}/{part}").read_bytes():
                return True
        except OSError:  # it has ended, or is somebody else's
            return False
    return False
