"""Where Chromium is, and the arguments that keep it quiet and inside the network guard."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

NAMES_ON_PATH: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "chromium-headless-shell",
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

# No --disable-features here: it would replace the list that Playwright gives.
_ARGUMENTS: Final = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-pings",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--dns-prefetch-disable",
    # Names are resolved by the guard alone; the guard itself is reached by address.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    # Without a proxy that carries datagrams this leaves WebRTC no way to send any.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
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
            return Path(found)
    installed = _find_installed(_playwright_directory())
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


def list_arguments(guard_port: int, *, sandbox: bool) -> list[str]:
    """Command line arguments for a browser behind the guard."""
    arguments = [
        *_ARGUMENTS,
        f"--proxy-server=socks5://127.0.0.1:{guard_port}",
        # Loopback is no exception: without this Chromium would contact it directly.
        "--proxy-bypass-list=<-loopback>",
    ]
    return arguments if sandbox else [*arguments, "--no-sandbox"]


def can_sandbox() -> bool:
    """Whether Chromium can be sandboxed; it refuses to be when the user is root."""
    return os.geteuid() != 0


def _playwright_directory() -> Path:
    """Where Playwright keeps its browsers."""
    if configured := os.environ.get("PLAYWRIGHT_BROWSERS_PATH"):
        return Path(configured)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


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
