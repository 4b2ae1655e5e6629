"""Finding a Chromium: the configured one, one on PATH, or the one Playwright downloaded."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_VERSION_SECONDS = 20.0
_PLAYWRIGHT_PATTERNS = (
    "chromium_headless_shell-*/*/chrome-headless-shell",
    "chromium_headless_shell-*/*/headless_shell",
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


def find_chromium(configured: str = "") -> Path | None:
    """The Chromium to use, in the documented order; None when there is none.

    Args:
        configured: METAMORPH_CHROMIUM, a path or a name on PATH; when set, no other is taken.
    """
    if configured:
        found = shutil.which(configured)
        return Path(found) if found else None
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    candidates = [
        path
        for pattern in _PLAYWRIGHT_PATTERNS
        for path in _playwright_directory().glob(pattern)
        if os.access(path, os.X_OK)
    ]
    return max(candidates, key=lambda path: path.stat().st_mtime, default=None)


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


def _playwright_directory() -> Path:
    if configured := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(configured)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"
