"""The supervisor's own log: one JSON object per line in a file, a short line for a person."""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson

ROTATE_BYTES = 50_000_000


class Journal:
    """Writes to `<directory>/supervisor.log`; a full disk costs log lines, never the stack."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "supervisor.log"

    def write(self, event: str, **details: str | int | float | None) -> None:
        """Add one line."""
        line = {"timestamp": datetime.now(UTC).isoformat(), "event": event, **details}
        try:
            with self._path.open("ab") as file:
                file.write(orjson.dumps(line) + b"\n")
        except OSError as error:
            sys.stderr.write(f"metamorph: cannot write {self._path}: {error.strerror}\n")


def rotate_logs(directory: Path) -> None:
    """Keep one older part of every log that grew too large.

    Writers hold their file open for appending, so the contents move and the file stays.
    """
    for log in directory.glob("*.log"):
        if log.stat().st_size > ROTATE_BYTES:
            shutil.copyfile(log, log.with_suffix(".log.1"))
            with log.open("r+b") as file:
                file.truncate(0)


def last_words(log: Path, limit: int = 8_000) -> str:
    """The last line that a process wrote, which is usually the reason why it ended."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - limit))
            lines = [line for line in file.read().decode(errors="replace").splitlines() if line]
    except OSError:
        return "no log"
    return lines[-1].strip() if lines else "nothing was logged"
