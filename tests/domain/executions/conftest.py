"""An engine on this test's database, without worker processes."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from domain.accounts.permissions import PERMISSIONS
from domain.executions.claim import claim_due
from domain.executions.finish import finish_attempt
from domain.executions.models import Execution
from domain.executions.records import AttemptEnd, Claim, Moved
from domain.executions.request import NewExecution, request_execution, request_tree
from domain.executions.states import AttemptOutcome
from domain.executions.tree.repository import read_execution
from domain.shared.actor import Actor
from domain.shared.jobs import Wake
from domain.shared.live import Signal
from domain.shared.unit_of_work import UnitsOfWork
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases


@dataclass
class Recorder:
    """An outlet that keeps what left."""

    wakes: list[Wake] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)

    async def send(self, wakes, signals):
        self.wakes += wakes
        self.signals += signals


@dataclass
class Engine:
    """The engine's verbs with their arguments filled in."""

    databases: Databases
    tenant: Tenant
    outlet: Recorder

    @property
    def actor(self) -> Actor:
        own = self.tenant.actor
        return Actor(own.user_id, own.workspace_id, own.session_id, frozenset(PERMISSIONS))

    @property
    def app(self) -> UnitsOfWork:
        return UnitsOfWork(self.databases.app, self.outlet)

    @property
    def units(self) -> UnitsOfWork:
        return UnitsOfWork(self.databases.engine, self.outlet)

    async def request(self, **changes: object) -> Execution:
        values = {"kind": "probe", "title": "Probe", "queue": "default", **changes}
        async with self.app.begin(self.actor.workspace_id) as uow:
            return await request_execution(uow, self.actor, NewExecution(**values))

    async def request_tree(self, *children: NewExecution, **changes: object) -> Execution:
        parent = NewExecution(**{"kind": "mission", "title": "Mission", **changes})
        async with self.app.begin(self.actor.workspace_id) as uow:
            return await request_tree(uow, self.actor, parent, children)

    async def claim(self, worker: str = "w1", *, limit: int = 10, lease: float = 15) -> list[Claim]:
        async with self.units.begin() as uow:
            return await claim_due(
                uow, queue="default", worker=worker, lease_seconds=lease, limit=limit
            )

    async def finish(
        self,
        claim: Claim,
        outcome: AttemptOutcome = AttemptOutcome.SUCCEEDED,
        *,
        is_final: bool = False,
    ) -> Moved | None:
        async with self.units.begin() as uow:
            return await finish_attempt(uow, claim, AttemptEnd(outcome, is_final=is_final))

    async def read(self, execution: Execution | Claim) -> Execution:
        async with self.databases.app.session(self.actor.workspace_id) as session:
            found = await read_execution(session, execution.id)
        assert found is not None
        return found

    async def events(self, execution: Execution | Claim) -> list[tuple[int, str]]:
        statement = text("SELECT seq, kind FROM execution_events WHERE execution_id=:id ORDER BY 1")
        async with self.databases.engine.session() as session:
            rows = await session.execute(statement, {"id": execution.id})
            return [(row.seq, row.kind) for row in rows]

    async def make_due(self) -> None:
        """Let the time until retries pass."""
        async with self.units.begin() as uow:
            await uow.session.execute(text("UPDATE executions SET due_at = now()"))

    async def expire_leases(self) -> None:
        """Let the time of all leases pass."""
        statement = "UPDATE executions SET lease_until = now() - interval '1 s' WHERE lease_until IS NOT NULL"
        async with self.units.begin() as uow:
            await uow.session.execute(text(statement))


@pytest.fixture
async def engine(databases: Databases) -> Engine:
    """The engine in a workspace of its own."""
    return Engine(databases, await make_tenant(databases), Recorder())
