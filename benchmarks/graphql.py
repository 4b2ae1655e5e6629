"""GraphQL: 20 missions with 10 tests each, against a hand-written route on the same rows."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from uuid import UUID

from benchmarks.load import Load, press
from benchmarks.report import Case, at_least, at_most, write
from benchmarks.servers import Servers, servers
from domain.shared.ids import SYSTEM_WORKSPACE

EMAIL = "bench@example.com"
PASSWORD = "a-long-password-for-a-benchmark"
REQUESTS = 600
CLIENTS = 16
START_SECONDS = 30
P95 = at_most(100)
RATE = at_least(0.5, of="ratio")
NESTED = (
    "{ missions(first: 20) { edges { node { id name description createdAt"
    " tests { id name kind tags } } } } }"
)
SEED = """
INSERT INTO missions (id, workspace_id, name, description, parameters)
SELECT gen_random_uuid(), '{workspace}', 'Mission ' || n, 'A mission of many', '{{}}'
FROM generate_series(1, 200) n;
INSERT INTO mission_scenarios (id, workspace_id, mission_id, name, run_mode, position)
SELECT gen_random_uuid(), workspace_id, id, 'Scenario', 'sequential', 0 FROM missions;
INSERT INTO mission_tests (id, workspace_id, mission_id, scenario_id, name, kind, steps, parameters,
                           tags, timeout_seconds, position)
SELECT gen_random_uuid(), workspace_id, mission_id, id, 'Test ' || n, 'manual', '["Look"]', '{{}}',
       '{{one,two}}', 60, n FROM mission_scenarios, generate_series(0, 9) n;
"""


def run() -> None:
    """Measure and report."""
    with servers() as stores:
        seed(stores)
        reference_port, port = free_port(), free_port()
        bench = {
            "BENCH_KEYS": str(stores.directory / "var" / "keys"),
            "BENCH_DATABASE": stores.urls.app.replace("+asyncpg", ""),
            "BENCH_PORT": str(reference_port),
        }
        ours = {"METAMORPH_PORT": str(port)}
        with (
            process(stores, port, "-m", "api.cli.main", "api", **ours),
            process(stores, reference_port, "-m", "benchmarks.references.handwritten", **bench),
        ):
            asyncio.run(compare(port, reference_port))


async def compare(port: int, reference_port: int) -> None:
    """Press both, twice: the first time warms them."""
    token = log_in(port)
    body = json.dumps({"query": NESTED}).encode()
    for count in (50, REQUESTS):
        ours = await press(port, "/graphql", body, token, count=count, clients=CLIENTS)
        plain = await press(reference_port, "/missions", b"{}", token, count=count, clients=CLIENTS)
    report(ours, plain)


def report(ours: Load, plain: Load) -> None:
    """Print and write."""
    cases = [
        Case("20 missions x 10 tests", ours.rate, plain.rate, "1/s", RATE),
        Case("20 missions x 10 tests, p95", ours.p95, plain.p95, "ms", P95),
    ]
    write("graphql", "GraphQL against a hand-written route", cases)


def seed(stores: Servers) -> None:
    """An administrator and two hundred missions."""
    command = [sys.executable, "-m", "api.cli.main", "admin", "create", "--email", EMAIL]
    subprocess.run(
        [*command, "--password-stdin"],
        env=stores.environment(METAMORPH_OWNER_DATABASE_URL=stores.urls.owner),
        input=PASSWORD + "\n",
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    made = f"SELECT id FROM workspaces WHERE id <> '{SYSTEM_WORKSPACE}'"
    workspace = UUID(stores.postgres.run_sql(f"COPY ({made}) TO STDOUT").strip())
    stores.postgres.run_sql(SEED.format(workspace=workspace))
    stores.postgres.run_sql("ANALYZE")


@contextlib.contextmanager
def process(stores: Servers, port: int, *words: str, **more: str) -> Iterator[None]:
    """A server on `port` until the block ends."""
    with (stores.directory / f"server-{port}.log").open("wb") as log:
        running = subprocess.Popen(
            [sys.executable, *words], env=stores.environment(**more), stdout=log, stderr=log
        )
        try:
            wait_for(port)
            yield
        finally:
            running.terminate()
            running.wait(30)


def wait_for(port: int) -> None:
    """Return once somebody listens."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def log_in(port: int) -> str:
    """An access token."""
    document = "mutation($i: LoginInput!) { login(input: $i) { accessToken } }"
    body = {"query": document, "variables": {"i": {"email": EMAIL, "password": PASSWORD}}}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        token: str = json.load(response)["data"]["login"]["accessToken"]
    return token


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
