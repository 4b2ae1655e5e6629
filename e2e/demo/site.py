"""The application under test as a process: two published versions of Django, one address."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from api.stack.errors import StackError
from api.stack.packages import provide_django


@dataclass(frozen=True)
class SiteVersion:
    """A version of the application: the lock file that names it, and a theme laid over it."""

    label: str
    group: str
    theme: Path | None = None


BEFORE = SiteVersion("Django 4.2", "demo-before")
AFTER = SiteVersion("Django 5.2 with a new theme", "demo", Path(__file__).parent / "theme")


def install(version: SiteVersion, directory: Path) -> Path:
    """Install a version into `directory`, which is the `demo` of the data directory; once per lock file."""
    return provide_django(version.group, directory.parent)


@contextmanager
def serve(version: SiteVersion, port: int, password: str, directory: Path) -> Iterator[None]:
    """Serve a fresh site on 127.0.0.1 until the block ends.

    Raises:
        StackError: it did not start; names its log.
    """
    packages = install(version, directory)
    data = directory / f"site-{version.group}-{secrets.token_hex(3)}"
    data.mkdir(parents=True)
    program = Path(__file__).parent / "django_site.py"
    command = [sys.executable, str(program), str(port), str(data)]
    if version.theme is not None:
        command.append(str(version.theme))
    log_path = directory / f"site-{version.group}.log"
    with log_path.open("w") as log:
        process = subprocess.Popen(
            command,
            env={"PYTHONPATH": str(packages), "PYTHONUNBUFFERED": "1", "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with suppress(BrokenPipeError):  # it ended already, and its log says why
            process.stdin.write(password + "\n")
            process.stdin.flush()
        if process.stdout.readline().strip() != "ready":
            raise StackError(_why_not(version, port, log_path))
        yield
    finally:
        process.kill()
        process.wait()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        shutil.rmtree(data, ignore_errors=True)


def _why_not(version: SiteVersion, port: int, log_path: Path) -> str:
    said = log_path.read_text().strip().splitlines()
    reason = f" ({said[-1]})" if said else ""
    return f"{version.label} did not start on port {port}{reason}; {log_path} has the details."
