"""Packages that only the demo needs, installed beside the environment when first asked for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from api.stack.errors import StackError

LOCKS = Path(__file__).resolve().parents[2] / "locks"


def provide_django(group: str, var_dir: Path) -> Path:
    """Install one of the demo's Django versions, unless it is there; returns its import directory.

    Args:
        group: `demo` or `demo-before`, a lock file's name.
    """
    return provide_packages(LOCKS / f"{group}.txt", var_dir / "demo" / f"django-{group}")


def provide_packages(lock: Path, target: Path) -> Path:
    """Install what a lock file names into a directory of its own; instant when it is up to date.

    The directory appears under its name only when it is complete, so an interrupted installation
    is begun again and two at a time do no harm.

    Raises:
        StackError: pip failed, with its reason.
    """
    made_from = target / "made-from.txt"
    if made_from.is_file() and made_from.read_text() == lock.read_text():
        return target
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(partial, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "install"]
    command += ["--require-hashes", "--requirement", str(lock), "--target", str(partial)]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        shutil.rmtree(partial, ignore_errors=True)
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise StackError(f"cannot install {lock.name}: {reason}")
    (partial / made_from.name).write_text(lock.read_text())
    shutil.rmtree(target, ignore_errors=True)
    try:
        partial.rename(target)
    except OSError:  # another process finished first, with the same packages
        shutil.rmtree(partial)
    return target
