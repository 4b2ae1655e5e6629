"""Builds a virtual environment from a lock file; runs on a bare Python, standard library only.

Usage: `python -I environment.py <environment directory> <lock file>`.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

PIP_URL = (
    "https://files.pythonhosted.org/packages/f3/6e/"
    "1736e5b4ae2b778ef2f81c47d797de9f891d4d8acb047a24ca37a60294dd/pip-26.2.1-py3-none-any.whl"
)
PIP_SHA256 = "71138adf1f4ca900cdb7d289c21b7494329f2332b6d85f0e1c42108c0384ed3e"
DOWNLOAD_SECONDS = 60.0


def main(directory: Path, lock: Path) -> None:
    """Create or renew the environment, with the project itself installed editable."""
    say(f"Building {directory} from {lock} with Python {sys.version.split()[0]} ...")
    python = create(directory)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "-qq", "install"]
    # Hashes make the result the same everywhere, whatever index or mirror answers.
    run([*pip, "--require-hashes", "--requirement", str(lock)])
    run([*pip, "--no-build-isolation", "--no-deps", "--editable", "."])


def create(directory: Path) -> Path:
    """Make an environment with pip in it, also where the system's Python comes without pip."""
    python = directory / "bin" / "python"
    if has_pip(python):
        return python
    builder = venv.EnvBuilder(clear=directory.exists(), symlinks=True)
    try:
        builder.create(directory)
    except OSError as error:
        sys.exit(f"bootstrap: cannot write {directory}: {error.strerror}")
    ensured = subprocess.run([str(python), "-Im", "ensurepip"], check=False, capture_output=True)
    if ensured.returncode != 0 and not fetch_pip(python):
        install_system_pip(python)
    return python


def has_pip(python: Path) -> bool:
    """Whether an earlier environment still works, so that only what changed is installed."""
    if not python.exists():
        return False
    command = [str(python), "-m", "pip", "--version"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def fetch_pip(python: Path) -> bool:
    """Install pip from its own wheel, checked against a pinned hash."""
    try:
        with urllib.request.urlopen(PIP_URL, timeout=DOWNLOAD_SECONDS) as answer:
            wheel = answer.read()
    except OSError:
        return False
    if hashlib.sha256(wheel).hexdigest() != PIP_SHA256:
        return False
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / PIP_URL.rpartition("/")[2]
        path.write_bytes(wheel)
        run([str(python), f"{path}/pip", "install", "--quiet", "--no-index", str(path)])
    return True


def install_system_pip(python: Path) -> None:
    """Debian and Ubuntu ship `ensurepip` apart from Python; get it if we may."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if shutil.which("apt-get") and os.geteuid() == 0:
        say(f"Installing {package} with apt-get ...")
        run(["apt-get", "update", "-q"])
        run(["apt-get", "install", "-q", "-y", "--no-install-recommends", package])
        run([str(python), "-Im", "ensurepip"])
        return
    sys.exit(
        f"bootstrap: this Python has no pip and {PIP_URL} cannot be fetched: install it "
        f"(Debian, Ubuntu: sudo apt-get install {package}) and run this again"
    )


def run(command: list[str]) -> None:
    """Run a command that must succeed."""
    code = subprocess.run(command, check=False).returncode
    if code != 0:
        sys.exit(f"bootstrap: failed with exit code {code}: {' '.join(command)}")


def say(line: str) -> None:
    """Tell the person at the terminal what takes its time."""
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
