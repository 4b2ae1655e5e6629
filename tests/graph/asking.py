"""Asks a schema as one person would, without HTTP: documents in, plain data and errors out."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import strawberry
from graphql import ExecutionResult, parse, validate
from redis.asyncio import Redis
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from domain.evidence.links import LinkSigner
from domain.evidence.storage import EvidenceStorage
from domain.shared.actor import Actor
from domain.shared.crypto import KEY_BYTES
from domain.shared.errors import DomainError
from domain.shared.jobs import Outlet, SilentOutlet, Wake
from domain.shared.live import LiveSignals, Signal, publish
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from graph.evidence.links import SIGNER, STORAGE
from graph.execution.plan import plan_operation
from graph.execution.run import execute_plan
from graph.support.context import Context
from tests.factories.workspaces import Tenant

PUBLIC_URL = "https://metamorph.test"


@dataclass
class ToldSignIn:
    """Says who is signed in as the test decides; counts how often it was asked."""

    actor: Actor | None
    expires_in_seconds: float | None = 900.0
    reads: int = 0

    async def read_actor(self) -> Actor | None:
        self.reads += 1
        return self.actor


@dataclass
class SignalOutlet:
    """Sends signals through the real Redis, and nobody to work."""

    redis: Redis
    wakes: list[Wake] = field(default_factory=list)

    async def send(self, wakes: Sequence[Wake], signals: Sequence[Signal]) -> None:
        self.wakes += wakes
        await publish(self.redis, signals)


@dataclass
class Asker:
    """One person with a schema in front of them."""

    schema: strawberry.Schema
    tenant: Tenant
    live: LiveSignals
    directory: Path
    outlet: Outlet = field(default_factory=SilentOutlet)
    signer: LinkSigner = field(default_factory=lambda: LinkSigner(b"k" * KEY_BYTES))

    @property
    def storage(self) -> EvidenceStorage:
        return EvidenceStorage(self.directory / "evidence")

    def context(self, sign_in: ToldSignIn | None = None) -> Context:
        """The context of one operation."""
        return Context(
            request_id="test",
            settings=Settings(public_url=PUBLIC_URL, var_dir=self.directory),
            units=UnitsOfWork(self.tenant.databases.app, self.outlet),
            live=self.live,
            sign_in=sign_in or ToldSignIn(self.tenant.actor),
            extras={SIGNER: self.signer, STORAGE: self.storage},
        )

    async def run(self, document: str, **variables: object) -> ExecutionResult:
        """The whole result."""
        tree = parse(document)
        errors = validate(self.schema._schema, tree)
        core = errors or StrawberryGraphQLCoreExecutionContext.build(
            self.schema._schema, tree, context_value=self.context(), raw_variable_values=variables
        )
        if isinstance(core, list):
            return ExecutionResult(None, core)
        return await execute_plan(core, plan_operation(core))

    async def ask(self, document: str, **variables: object) -> dict[str, object]:
        """The data of an operation that must not fail."""
        result = await self.run(document, **variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def codes(self, document: str, **variables: object) -> list[str]:
        """The codes of what went wrong at the top."""
        return codes_of(await self.run(document, **variables))

    async def follow(
        self, document: str, sign_in: ToldSignIn | None = None, **variables: object
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The results of a subscription."""
        stream = await self.schema.subscribe(
            document, variable_values=variables, context_value=self.context(sign_in)
        )
        try:
            async for result in stream:
                yield result
        finally:
            await stream.aclose()


def codes_of(result: ExecutionResult) -> list[str]:
    """The codes of domain errors; anything else is a mistake of ours and fails the test."""
    codes = []
    for error in result.errors or ():
        assert isinstance(error.original_error, DomainError), error
        codes.append(error.original_error.code)
    return codes
