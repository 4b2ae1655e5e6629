"""GraphQL against hand-written routes and against textbook Strawberry, on the same rows."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from benchmarks.load import Load, press
from benchmarks.report import Case, Target, at_least, at_most, write
from benchmarks.servers import Servers, servers
from domain.shared.ids import SYSTEM_WORKSPACE
from graph.support.ids import encode_id

EMAIL = "bench@example.com"
PASSWORD = "a-long-password-for-a-benchmark"
REQUESTS = 1000
CLIENTS = 50
START_SECONDS = 30
NESTED = (
    "{ missions(first: 20) { edges { node { id name description createdAt"
    " tests { id name kind tags } } } } }"
)
FLAT = "{ missions(first: 100) { edges { node { id name description createdAt } } } }"
ONE = "query ($id: ID!) { mission(id: $id) { id name description createdAt } }"
COUNT = "{ missions(first: 1) { totalCount } }"
NEWEST = "SELECT id FROM missions ORDER BY created_at DESC, id DESC LIMIT 1"
WORKSPACE = f"SELECT id FROM workspaces WHERE id <> '{SYSTEM_WORKSPACE}'"
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


@dataclass(frozen=True)
class Shape:
    """One question, asked of both.

    Attributes:
        route: Of the hand-written reference.
        ratio: What ours should reach of its rate; None where nobody has said.
    """

    name: str
    route: str
    document: str
    ratio: float | None = None

    @property
    def target(self) -> Target | None:
        """As the report has it."""
        return None if self.ratio is None else at_least(self.ratio, of="ratio")


SHAPES = (
    Shape("20 missions x 10 tests", "/nested", NESTED, 0.5),
    Shape("100 missions", "/flat", FLAT, 0.5),
    Shape("one mission", "/one", ONE, 0.4),
    Shape("how many missions", "/count", COUNT),
)


def run() -> None:
    """Measure and report."""
    with servers() as stores:
        seed(stores)
        ports = Ports(free_port(), free_port(), free_port())
        bench = {
            "BENCH_KEYS": str(stores.directory / "var" / "keys"),
            "BENCH_DATABASE": stores.urls.app.replace("+asyncpg", ""),
            "BENCH_WORKSPACE": stores.find(WORKSPACE),
        }
        references = "benchmarks.references"
        with (
            process(
                stores, ports.ours, "-m", "api.cli.main", "api", METAMORPH_PORT=str(ports.ours)
            ),
            process(
                stores,
                ports.plain,
                "-m",
                f"{references}.handwritten",
                BENCH_PORT=str(ports.plain),
                **bench,
            ),
            process(
                stores,
                ports.textbook,
                "-m",
                f"{references}.textbook",
                BENCH_PORT=str(ports.textbook),
                **bench,
            ),
        ):
            asyncio.run(compare(ports, UUID(stores.find(NEWEST))))


@dataclass(frozen=True)
class Ports:
    """Where each listens."""

    ours: int
    plain: int
    textbook: int


async def compare(ports: Ports, newest: UUID) -> None:
    """Press each, twice: the first time warms it."""
    token, cases = log_in(ports.ours), []
    for shape in SHAPES:
        variables = {"id": encode_id("Mission", newest)} if shape.document == ONE else {}
        body = json.dumps({"query": shape.document, "variables": variables}).encode()
        asked = json.dumps({"id": str(newest)}).encode()
        ours = await measure(ports.ours, "/graphql", body, token)
        plain = await measure(ports.plain, shape.route, asked, token)
        cases.append(Case(shape.name, ours.rate, plain.rate, "1/s", shape.target))
        cases.append(Case(f"{shape.name}, p95", ours.p95, plain.p95, "ms", at_most(100)))
        if shape.document == NESTED:
            textbook = await measure(ports.textbook, "/graphql/", body, token)
            against = f"{shape.name}, against textbook Strawberry"
            cases.append(Case(against, ours.rate, textbook.rate, "1/s", at_least(7, of="ratio")))
    write("graphql", "GraphQL against hand-written routes, 50 clients", cases)


async def measure(port: int, path: str, body: bytes, token: str) -> Load:
    """The second of two loads."""
    for count in (100, REQUESTS):
        load = await press(port, path, body, token, count=count, clients=CLIENTS)
    return load


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
    stores.postgres.run_sql(SEED.format(workspace=stores.find(WORKSPACE)))
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
