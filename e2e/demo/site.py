"""The application under test as a process: two published versions of Django, one address."""

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@dataclass(frozen=True)
class SiteVersion:
    """A version of the application: the lock file that names it, and a theme laid over it."""

    label: str
    group: str
    theme: Path | None = None

    @property
    def lock(self) -> Path:
        """Where its packages are pinned."""
        return ROOT / "locks" / f"{self.group}.txt"


BEFORE = SiteVersion("Django 4.2", "demo-before")
AFTER = SiteVersion("Django 5.2 with a new theme", "demo", Path(__file__).parent / "theme")


def install(version: SiteVersion, directory: Path) -> Path:
    """Install a version's packages into a directory of their own, once per lock file."""
    target = directory / f"django-{version.group}"
    mark = target / "installed-from.txt"
    wanted = version.lock.read_text()
    if mark.exists() and mark.read_text() == wanted:
        return target
    shutil.rmtree(target, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "--require-hashes", "--target", str(target), "-r", str(version.lock)]
    subprocess.run(command, check=True)
    mark.write_text(wanted)
    return target


@contextmanager
def serve(version: SiteVersion, port: int, password: str, directory: Path) -> Iterator[None]:
    """Serve a fresh site on 127.0.0.1 until the block ends."""
    packages = install(version, directory)
    data = directory / f"site-{version.group}-{secrets.token_hex(3)}"
    data.mkdir(parents=True)
    program = Path(__file__).parent / "django_site.py"
    command = [sys.executable, str(program), str(port), str(data)]
    if version.theme is not None:
        command.append(str(version.theme))
    process = subprocess.Popen(
        command,
        env={"PYTHONPATH": str(packages), "PYTHONUNBUFFERED": "1", "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(password + "\n")
        process.stdin.flush()
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{version.label} did not start; port {port} may be taken.")
        yield
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        shutil.rmtree(data, ignore_errors=True)
