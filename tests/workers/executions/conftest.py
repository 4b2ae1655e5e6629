"""A whole engine of real processes on servers of its own, whose parts tests may kill."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from redis.asyncio import Redis
from sqlalchemy import make_url

from api.stack.postgres import EmbeddedPostgres, PostgresUrls
from api.stack.redis import EmbeddedRedis
from domain.executions.cancel import cancel_execution
from domain.executions.request import NewExecution, request_execution, request_tree
from domain.executions.states import TRANSITIONS
from domain.shared.database import Database
from domain.shared.unit_of_work import UnitsOfWork
from tests.domain.executions.conftest import Engine, Recorder
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from tests.fixtures.stores import Stores, migrate
from tests.support.forked import Forked, start_role
from workers.broker import make_outlet

RECOVERY_SECONDS = 30
"""After the last fault everything must have ended within this time."""
LOOK_SECONDS = 0.1


@dataclass
class LiveEngine:
    """Servers, processes, and a client that requests and looks."""

    postgres: EmbeddedPostgres
    database: str
    redis: EmbeddedRedis
    environment: dict[str, str]
    logs: Path
    tenant: Tenant
    units: UnitsOfWork
    processes: list[Forked] = field(default_factory=list)

    def start(self, role: str) -> Forked:
        """Start a worker or a scheduler as a process."""
        name = f"{role}-{len(self.processes)}"
        pulse = {"METAMORPH_PULSE_FILE": str(self.pulse_file(name))}
        process = start_role(role, {**self.environment, **pulse}, self.logs / f"{name}.log")
        self.processes.append(process)
        return process

    def pulse_file(self, name: str) -> Path:
        """What a process renews while it goes round; it is named `role-number`, from 0."""
        return self.logs / f"{name}.pulse"

    def end_processes(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(10)

    async def request(self, units: UnitsOfWork | None = None, **changes: object) -> UUID:
        """Request a probe; `units` may be some whose wake-ups are lost."""
        values = {"kind": "probe", "title": "Probe", "queue": "default", **changes}
        actor = self.tenant.actor
        async with (units or self.units).begin(actor.workspace_id, actor.user_id) as uow:
            return (await request_execution(uow, actor, NewExecution(**values))).id

    async def request_mission(self, *children: NewExecution) -> UUID:
        actor = self.tenant.actor
        parent = NewExecution(kind="mission", title="Mission")
        async with self.units.begin(actor.workspace_id, actor.user_id) as uow:
            return (await request_tree(uow, actor, parent, children)).id

    async def cancel(self, execution_id: UUID) -> None:
        actor = self.tenant.actor
        async with self.units.begin(actor.workspace_id, actor.user_id) as uow:
            await cancel_execution(uow, actor, execution_id)

    def run_sql(self, statement: str) -> str:
        """Run it past every policy."""
        return self.postgres.run_sql(statement, self.database)

    def ask(self, statement: str) -> list[str]:
        """Rows of a statement as text, past every policy."""
        rows = self.run_sql(f"COPY ({statement}) TO STDOUT").splitlines()
        return [row for row in rows if row]

    def tell(self, execution_id: UUID | str) -> list[str]:
        """The kinds of an execution's events, in order."""
        told = f"SELECT kind FROM execution_events WHERE execution_id = '{execution_id}'"
        return self.ask(f"{told} ORDER BY seq")

    def status(self, execution_id: UUID) -> str:
        (status,) = self.ask(f"SELECT status FROM executions WHERE id = '{execution_id}'")
        return status

    async def until(self, holds: Callable[[], object], seconds: float = RECOVERY_SECONDS) -> None:
        """Look until something holds; fails loudly, with the logs, when it does not in time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await asyncio.to_thread(holds):
            if asyncio.get_running_loop().time() > deadline:
                tails = "\n".join(
                    f"--- {log.name}\n{log.read_text()[-1500:]}" for log in self.logs.glob("*.log")
                )
                raise AssertionError(f"not within {seconds} s\n{tails}")
            await asyncio.sleep(LOOK_SECONDS)

    async def until_running(self, execution_id: UUID) -> None:
        await self.until(lambda: self.status(execution_id) == "running")

    async def until_ended(self, execution_id: UUID, status: str = "succeeded") -> None:
        ended = ("succeeded", "failed", "canceled", "timed_out", "abandoned")
        await self.until(lambda: self.status(execution_id) in ended)
        assert self.status(execution_id) == status

    def list_moves(self) -> set[tuple[str, str]]:
        """Every change of state that any execution's stream tells of."""
        told = (
            "SELECT data ->> 'status' AS status, lag(data ->> 'status') OVER"
            " (PARTITION BY execution_id ORDER BY seq) AS before FROM execution_events"
            " WHERE kind LIKE 'execution.%' AND data ? 'status'"
        )
        rows = self.ask(
            f"SELECT DISTINCT before, status FROM ({told}) AS told WHERE before <> status"
        )
        return {(before, after) for before, _, after in (row.partition("\t") for row in rows)}

    def check_invariants(self) -> None:
        """What must hold after any fault."""
        terminal = "status IN ('succeeded','failed','canceled','timed_out','abandoned')"
        assert self.ask(f"SELECT id FROM executions WHERE NOT {terminal}") == []
        many = "SELECT execution_id FROM execution_events WHERE kind = 'execution.finished' GROUP BY 1 HAVING count(*) <> 1"
        assert self.ask(many) == [], "a terminal state was written twice"
        moves = self.list_moves()
        assert ("scheduled", "running") in moves
        allowed = {(before, after) for before, afters in TRANSITIONS.items() for after in afters}
        assert moves - allowed == set(), "the state machine was left"
        gaps = "SELECT execution_id FROM execution_events GROUP BY 1 HAVING max(seq) <> count(*)"
        assert self.ask(gaps) == [], "a stream has a gap"
        assert self.ask("SELECT id FROM executions WHERE lease_until IS NOT NULL") == []
        owed = "SELECT o.id FROM outbox o JOIN executions e ON e.id = o.execution_id WHERE e.status = 'scheduled'"
        assert self.ask(owed) == []


@pytest.fixture
async def live(
    stores: Stores, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LiveEngine]:
    """A database and a Redis of its own, and a client; tests start the processes they need."""
    assert databases.urls is not None, "its processes see only what is committed: no_rollback"
    directory = tmp_path_factory.mktemp("live")
    async with engine_on(stores.postgres, databases.urls, directory) as engine:
        yield engine


@pytest.fixture
async def live_on_own_postgres(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[LiveEngine]:
    """The same on a server of its own, which the test may restart."""
    directory = tmp_path_factory.mktemp("live")
    postgres = EmbeddedPostgres(directory / "pg")
    try:
        urls = postgres.start()
        migrate(urls.owner)
        async with engine_on(postgres, urls, directory) as engine:
            yield engine
    finally:
        postgres.stop()
        postgres.remove()


@asynccontextmanager
async def engine_on(
    postgres: EmbeddedPostgres, urls: PostgresUrls, directory: Path
) -> AsyncIterator[LiveEngine]:
    """A client, and what processes need to know. Leases are short to save time."""
    redis = EmbeddedRedis(directory / "redis")
    redis_url = redis.start()
    environment = {
        **os.environ,
        "METAMORPH_ENVIRONMENT": "test",
        "METAMORPH_DATABASE_URL": urls.app,
        "METAMORPH_ENGINE_DATABASE_URL": urls.engine,
        "METAMORPH_REDIS_URL": redis_url,
        "METAMORPH_VAR_DIR": str(directory / "var"),
        "METAMORPH_BROWSER_POOL_SIZE": "0",
        "METAMORPH_LEASE_SECONDS": "4",
        "METAMORPH_HEARTBEAT_SECONDS": "1",
        "METAMORPH_STOP_GRACE_SECONDS": "1",
    }
    database, client = Database(urls.app, pool_size=4), Redis.from_url(redis_url)
    tenant = await make_tenant(Databases(database, database, database.engine))
    units = UnitsOfWork(database, make_outlet(redis_url, client))
    name = make_url(urls.owner).database
    assert name is not None
    engine = LiveEngine(postgres, name, redis, environment, directory, tenant, units)
    try:
        yield engine
    finally:
        engine.end_processes()
        await client.aclose()
        await database.close()
        redis.stop()
        redis.remove()


@pytest.fixture
async def engine(databases: Databases) -> Engine:
    """The engine's verbs without processes, on this test's database."""
    return Engine(databases, await make_tenant(databases), Recorder())
