"""PostGraphile from npm, fetched once per lock file."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.report import OUTPUT
from e2e.node_clients import LOCKED, UNREACHABLE, CannotTry, check_node

SOURCES = Path(__file__).parents[1] / "references" / "postgraphile"
SERVER = "server.mjs"
FETCH_SECONDS = 110


def prepare() -> Path:
    """The folder of the server, beside its packages.

    Raises:
        CannotTry: Node is missing or too old, or the packages cannot be fetched from here.
        RuntimeError: npm complains about something else.
    """
    try:
        check_node()
    except CannotTry as error:
        raise CannotTry("it needs Node.js 20 or newer with npm") from error
    digest = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in LOCKED))
    home = (OUTPUT / "packages" / digest.hexdigest()[:16]).resolve()
    if not home.exists():
        fetch(home)
    shutil.copy(SOURCES / SERVER, home)
    return home


def fetch(home: Path) -> None:
    """Install the packages, in a folder that gets its name when they are all there.

    Raises:
        CannotTry: the registry that npm is set to cannot be reached.
        RuntimeError: npm complains about something else.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=home.parent) as made:
        unpacked = Path(made) / "packages"
        unpacked.mkdir()
        for name in LOCKED:
            shutil.copy(SOURCES / name, unpacked)
        command = ["npm", "ci", "--ignore-scripts", "--loglevel=error"]
        try:
            subprocess.run(
                command,
                cwd=unpacked,
                check=True,
                capture_output=True,
                text=True,
                timeout=FETCH_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise CannotTry("npm does not get its packages in time") from error
        except subprocess.CalledProcessError as error:
            if reason := UNREACHABLE.search(error.stderr):
                raise CannotTry(f"npm cannot fetch its packages ({reason.group()})") from error
            raise RuntimeError(f"npm ci:\n{error.stderr}") from error
        unpacked.rename(home)
