"""2,000 sockets on one execution, one core for the server: delay, memory and time for each message."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import psutil
from redis.asyncio import Redis

from benchmarks.graphql.measure import log_in
from benchmarks.graphql.seed import WORKSPACE, create_administrator
from benchmarks.graphql.sides import LIMITS, free_port, process
from benchmarks.references.broadcast import CHANNEL
from benchmarks.report import Case, at_most, write
from benchmarks.servers import Servers, percentile, servers
from domain.executions.tree.settle import tell_parent
from domain.shared.database import Database
from domain.shared.unit_of_work import UnitsOfWork
from graph.support.ids import encode_id
from workers.broker import make_outlet

CLIENTS = 2000
EVENTS = 200
PER_SECOND = 20
FILLING = "x" * 60
Send = Callable[[int], Awaitable[None]]


@dataclass(frozen=True)
class Heard:
    """What the clients of one server have seen.

    Attributes:
        delays: Milliseconds from an event to a client that listened, sorted.
        kilobytes: Of memory for each idle client.
        microseconds: Of the server's processor time for each message.
        complete: Clients that got every event once and in order.
    """

    delays: list[float]
    kilobytes: float
    microseconds: float
    complete: int


def run() -> None:
    """Measure and report."""
    with servers() as stores:
        ours = asyncio.run(measure_ours(stores))
        plain = asyncio.run(measure_broadcast(stores))
    title = f"Subscriptions: {CLIENTS:,} sockets, {PER_SECOND} events a second, one core"
    write("subscriptions", title, list_cases(ours, plain), clients=CLIENTS, complete=ours.complete)


def list_cases(ours: Heard, plain: Heard) -> list[Case]:
    """Against a server that only passes on."""
    about = "against bare broadcast"
    cases = []
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        target = at_most(100) if name == "p95" else None
        delay, least = percentile(ours.delays, share), percentile(plain.delays, share)
        cases.append(Case(f"event to client {name}, {about}", delay, least, "ms", target))
    return [
        *cases,
        Case(
            f"memory of an idle subscription, {about}",
            ours.kilobytes,
            plain.kilobytes,
            "KB",
            at_most(40),
        ),
        Case(f"processor time of a message, {about}", ours.microseconds, plain.microseconds, "us"),
    ]


async def measure_ours(stores: Servers) -> Heard:
    """Rows and signals as a worker writes them, and GraphQL subscriptions."""
    create_administrator(stores)
    workspace = UUID(stores.find(WORKSPACE))
    execution, redis = uuid4(), Redis.from_url(stores.redis_url)
    database = Database(stores.urls.engine)
    units = UnitsOfWork(database, make_outlet(stores.redis_url, redis))
    stores.postgres.run_sql(
        "INSERT INTO executions (id, workspace_id, root_id, kind, title, status, input,"
        f" timeout_seconds) VALUES ('{execution}', '{workspace}', '{execution}', 'probe', 'watched',"
        " 'running', '{}', 60)"
    )

    async def send(_: int) -> None:
        async with units.begin(workspace) as uow:
            data = {"text": FILLING, "sent": time.time()}
            await tell_parent(uow, execution, "step.finished", data)

    await send(1)
    port = free_port()
    command = [sys.executable, "-m", "api.cli.main", "api"]
    with process(stores, port, command, {"METAMORPH_PORT": str(port), **LIMITS}) as child:
        token = await asyncio.to_thread(log_in, port)
        heard = await measure(child.pid, port, send, token, encode_id("Execution", execution))
    await redis.aclose()
    await database.close()
    return heard


async def measure_broadcast(stores: Servers) -> Heard:
    """Messages of the same size, to whoever is connected."""
    redis, port = Redis.from_url(stores.redis_url), free_port()

    async def send(number: int) -> None:
        event = {
            "seq": number,
            "kind": "step.finished",
            "data": {"text": FILLING, "sent": time.time()},
            "createdAt": "2025-01-31T12:00:00.000000Z",
        }
        message = {"id": "1", "type": "next", "payload": {"data": {"executionEvents": event}}}
        await redis.publish(CHANNEL, json.dumps(message, separators=(",", ":")))

    command = [sys.executable, "-m", "benchmarks.references.broadcast"]
    variables = {"BENCH_PORT": str(port), "BENCH_REDIS": stores.redis_url}
    with process(stores, port, command, variables) as child:
        heard = await measure(child.pid, port, send)
    await redis.aclose()
    return heard


async def measure(pid: int, port: int, send: Send, *words: str) -> Heard:
    """Connect everybody to the server `pid`, send at the rate, and ask what came."""
    server = psutil.Process(pid)
    stay_on(server, 0)
    before = server.memory_info().rss
    command = ["-m", "benchmarks.subscriptions.clients", str(port), str(CLIENTS), str(EVENTS)]
    clients = await asyncio.create_subprocess_exec(
        sys.executable, *command, *words, stdout=subprocess.PIPE, limit=2**26
    )
    assert clients.stdout is not None
    stay_on(psutil.Process(clients.pid), 1)
    if not await clients.stdout.readline():
        raise RuntimeError("the clients could not connect")
    await asyncio.sleep(1)
    memory, spent = server.memory_info().rss - before, time_of(server)
    begun = time.monotonic()
    for number in range(2, EVENTS + 1):
        await send(number)
        await asyncio.sleep(max(0.0, begun + (number - 1) / PER_SECOND - time.monotonic()))
    told = json.loads(await clients.stdout.readline())
    spent = time_of(server) - spent
    await clients.wait()
    messages = (EVENTS - 1) * CLIENTS
    delays = [1000 * delay for delay in told["delays"]]
    return Heard(delays, memory / 1024 / CLIENTS, spent / messages * 1e6, told["complete"])


def stay_on(process: psutil.Process, core: int) -> None:
    """Keep a process on one core, where the system can do that."""
    if hasattr(process, "cpu_affinity") and (os.cpu_count() or 1) > core:
        process.cpu_affinity([core])


def time_of(process: psutil.Process) -> float:
    """Seconds of processor time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)
