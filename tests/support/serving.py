"""The real API in a process of its own, on a port of this machine."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.fixtures.database import Databases
from tests.support.forked import COMMAND_LINE, Forked, start_command
from tests.support.plain import NOBODY

START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class LiveApi:
    """Where it listens, and where it writes its log."""

    url: str
    log: Path


@contextlib.contextmanager
def serve_api(
    databases: Databases,
    redis_url: str,
    directory: Path,
    *,
    module: str = COMMAND_LINE,
    **settings: str,
) -> Iterator[LiveApi]:
    """Start `metamorph api` on a free port, with these settings too, and stop it in the end.

    Args:
        module: What stands in for `metamorph`.
    """
    assert databases.urls is not None
    port = find_port()
    live = LiveApi(f"http://127.0.0.1:{port}", directory / "api.log")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("METAMORPH_")}
    environment = {
        **inherited,
        "METAMORPH_VAR_DIR": str(directory),
        "METAMORPH_PORT": str(port),
        "METAMORPH_DATABASE_URL": databases.urls.app,
        "METAMORPH_ENGINE_DATABASE_URL": databases.urls.engine,
        "METAMORPH_OWNER_DATABASE_URL": databases.urls.owner,
        "METAMORPH_REDIS_URL": redis_url,
        **{f"METAMORPH_{name.upper()}": value for name, value in settings.items()},
    }
    process = start_command(("api",), environment, live.log, module)
    try:
        wait_until_ready(live, process)
        yield live
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def find_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(live: LiveApi, process: Forked) -> None:
    """Return once the API can serve."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{live.url}/readyz", verify=NOBODY).status_code == 200:
                return
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"the API did not get ready: {live.log.read_text()[-2000:]}")
