"""The engine: durable no-ops per second and pickup latency, against Dramatiq bare and DBOS.

All three run on the same PostgreSQL and Redis in the same run, one after the other. Ours: a client
process requests executions one transaction each, a worker and a scheduler carry them out. DBOS: a
queued workflow with one step. Dramatiq bare: an actor that counts, nothing durable: the floor that
message passing alone costs.
"""

import asyncio
import json
import subprocess
import sys
import time
from uuid import uuid4

import uvloop
from redis.asyncio import Redis

from benchmarks.report import Case, at_least, at_most, write
from benchmarks.servers import Servers, percentile, servers
from domain.executions.request import NewExecution, request_execution
from domain.shared.actor import Actor
from domain.shared.database import Database
from domain.shared.unit_of_work import UnitsOfWork
from workers.broker import make_outlet

EXECUTIONS = 3000
"""For each of the three."""
CLIENTS = 8
LATENCY_SAMPLES = 60
PAUSE_SECONDS = 0.2
LIMIT_SECONDS = 120
NO_SLOWER, NO_LATER = at_least(1.0, of="ratio"), at_most(1.0, of="ratio")
RATE, PICKUP = at_least(200), at_most(100)
"""Executions per second, and milliseconds until one is picked up, that automation asks for."""
SUCCEEDED = "SELECT count(*) FROM executions WHERE status = 'succeeded'"
PICKUPS = """
    SELECT extract(epoch FROM a.claimed_at - e.created_at) * 1000
    FROM executions e JOIN attempts a ON a.execution_id = e.id WHERE e.title = 'latency'
"""


def run() -> None:
    """Measure and report."""
    with servers() as stores:
        ours = uvloop.run(measure_ours(stores))
        dbos = measure_reference(stores, "dbos_queue")
        bare = measure_reference(stores, "bare_dramatiq")
    write(
        "engine",
        f"Engine: {EXECUTIONS} durable no-op executions each",
        list_cases(ours, dbos, bare),
        executions=EXECUTIONS,
        latency_samples=LATENCY_SAMPLES,
    )


def list_cases(
    ours: dict[str, float], dbos: dict[str, float], bare: dict[str, float]
) -> list[Case]:
    """No worse than DBOS, which is durable too; beside the floor stand the absolute targets."""
    name = "executions per second"
    cases = [
        Case(f"{name}, against DBOS queue", ours["rate"], dbos["rate"], "1/s", NO_SLOWER),
        Case(f"{name}, against bare Dramatiq", ours["rate"], bare["rate"], "1/s", RATE),
    ]
    for reference, numbers, target in (
        ("DBOS queue", dbos, NO_LATER),
        ("bare Dramatiq", bare, PICKUP),
    ):
        for rank in ("p50", "p95"):
            title = f"pickup when idle {rank}, against {reference}"
            cases.append(Case(title, ours[rank], numbers[rank], "ms", target))
    return cases


async def measure_ours(stores: Servers) -> dict[str, float]:
    """Rate and pickup latency through the real worker."""
    workspace, user = uuid4(), uuid4()
    stores.postgres.run_sql(
        f"INSERT INTO workspaces (id, name, slug) VALUES ('{workspace}', 'b', 'b');"
        "INSERT INTO users (id, email, display_name, password_hash)"
        f" VALUES ('{user}', 'b@example.com', 'b', '')"
    )
    actor = Actor(user, workspace, uuid4(), frozenset())
    database, redis = Database(stores.urls.app), Redis.from_url(stores.redis_url)
    units = UnitsOfWork(database, make_outlet(stores.redis_url, redis))

    async def request(title: str) -> None:
        async with units.begin(workspace, user) as uow:
            new = NewExecution(kind="probe", title=title, queue="default")
            await request_execution(uow, actor, new)

    async def until(count: int) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while await asyncio.to_thread(stores.count, SUCCEEDED) < count:
                await asyncio.sleep(0.02)

    async def request_many(pending: list[str]) -> None:
        while pending:
            await request(pending.pop())

    with stores.running("worker", "scheduler", METAMORPH_BROWSER_POOL_SIZE="0"):
        await request("warm")
        await until(1)
        for _ in range(LATENCY_SAMPLES):
            await request("latency")
            await asyncio.sleep(PAUSE_SECONDS)
        pending = ["rate"] * EXECUTIONS
        begin = time.perf_counter()
        await asyncio.gather(*(request_many(pending) for _ in range(CLIENTS)))
        await until(1 + LATENCY_SAMPLES + EXECUTIONS)
        seconds = time.perf_counter() - begin
    await redis.aclose()
    await database.close()
    pickups = stores.numbers(PICKUPS)
    return {
        "rate": EXECUTIONS / seconds,
        "p50": percentile(pickups, 0.5),
        "p95": percentile(pickups, 0.95),
    }


def measure_reference(stores: Servers, name: str) -> dict[str, float]:
    """Run a reference in its own process; it prints its numbers as JSON on the last line."""
    if name == "dbos_queue":
        stores.postgres.run_sql("CREATE DATABASE dbos OWNER metamorph_owner", "postgres")
    url = stores.urls.owner.replace("+asyncpg", "+psycopg").replace("/metamorph?", "/dbos?")
    arguments = {"postgres": url, "redis": stores.redis_url, "count": EXECUTIONS}
    arguments |= {"samples": LATENCY_SAMPLES, "pause": PAUSE_SECONDS}
    command = [sys.executable, "-m", f"benchmarks.references.{name}"]
    done = subprocess.run(
        command,
        input=json.dumps(arguments),
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
        text=True,
    )
    numbers: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return numbers
