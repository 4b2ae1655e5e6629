"""The stack as a newcomer starts it: `metamorph up`, an administrator, and `metamorph down`."""

import contextlib
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

from api.stack.record import find_running

PEOPLE_FILE = "admin.json"


def call(*words: str, given: str | None = None) -> None:
    """Run a `metamorph` command; its own words tell what it does."""
    command = [sys.executable, "-m", "api.cli.main", *words]
    subprocess.run(command, check=True, input=given, text=True)


def is_running() -> bool:
    """Whether a stack runs, or is just starting, on this data directory."""
    return find_running(_var_dir()) is not None


def api_url() -> str:
    """Where the stack answers: as told, as it wrote down itself, or where it would by default."""
    running = find_running(_var_dir())
    if running is not None and "BASE_URL" not in os.environ:
        return running.base_url
    host = os.environ.get("METAMORPH_HOST", "127.0.0.1")
    return os.environ.get("BASE_URL") or f"http://{host}:{os.environ.get('METAMORPH_PORT', '8000')}"


def make_administrator(directory: Path) -> tuple[str, str]:
    """The demo's administrator, made at the first call; the password stays in `directory`."""
    path = directory / PEOPLE_FILE
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        known = json.loads(path.read_text())
        return known["email"], known["password"]
    email = f"demo-{secrets.token_hex(3)}@example.com"
    password = secrets.token_urlsafe(18)
    words = ("--email", email, "--workspace", f"Demo {secrets.token_hex(2)}", "--password-stdin")
    call("admin", "create", *words, given=password + "\n")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"email": email, "password": password}, file)
    return email, password


def _var_dir() -> Path:
    return Path(os.environ.get("METAMORPH_VAR_DIR", "var"))
