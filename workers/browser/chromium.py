"""Where Chromium is, and what can be known of it without starting it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from domain.shared.settings import find_browsers_dir

SHELL: Final = "chromium-headless-shell"
"""It draws no window of its own: a new context costs it a seventh of the browser's work."""
NAMES_ON_PATH: Final = (
    SHELL,
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
)
_PLAYWRIGHT_PATTERNS: Final = (
    "chromium_headless_shell-*/chrome-*/headless_shell",
    "chromium_headless_shell-*/chrome-headless-shell-*/chrome-headless-shell",
    "chromium-*/chrome-*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
_VERSION_SECONDS: Final = 20.0
MISSING: Final = (
    "Chromium was not found: run `metamorph doctor`, set METAMORPH_CHROMIUM to its path, install "
    "your distribution's chromium package, or run `playwright install --with-deps "
    "chromium-headless-shell`."
)


class ChromiumMissingError(Exception):
    """There is no Chromium to start; the message says how to get one."""


def find_chromium(configured: str = "") -> Path:
    """The browser to use: as configured, else on PATH, else the one Playwright installed.

    Args:
        configured: The ``chromium`` setting (``METAMORPH_CHROMIUM``): a path or a name.

    Raises:
        ChromiumMissingError: There is none, or the configured one cannot be run.
    """
    if configured:
        found = shutil.which(configured)
        if found is None:
            raise ChromiumMissingError(
                f"METAMORPH_CHROMIUM names {configured}, which cannot be run: correct it, or unset "
                "it and run `metamorph doctor`."
            )
        return Path(found)
    for name in NAMES_ON_PATH:
        found = shutil.which(name)
        if found is not None:
            return _unwrap(Path(found))
    installed = _find_installed(find_browsers_dir())
    if installed is None:
        raise ChromiumMissingError(MISSING)
    return installed


def read_version(chromium: Path) -> str | None:
    """What `--version` says; None when it does not run (a snap stub, missing libraries)."""
    try:
        answer = subprocess.run(
            [str(chromium), "--version"],
            check=False,
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None


def can_sandbox() -> bool:
    """Whether Chromium can be sandboxed; it refuses to be when the user is root."""
    return os.geteuid() != 0


def _unwrap(found: Path) -> Path:
    """Debian's headless shell is started by a script that stays: killed, it would leave a browser."""
    program = found.parent.parent / "lib" / "chromium" / found.name
    wrapped = found.name == SHELL and os.access(program, os.X_OK)
    return program if wrapped else found


def _find_installed(browsers: Path) -> Path | None:
    """The newest browser in Playwright's own cache."""
    for pattern in _PLAYWRIGHT_PATTERNS:
        found = [path for path in browsers.glob(pattern) if os.access(path, os.X_OK)]
        if found:
            return max(found, key=lambda path: _revision(path.relative_to(browsers).parts[0]))
    return None


def _revision(directory: str) -> int:
    digits = directory.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0
