"""Asks a schema as one person would, without HTTP: documents in, plain data and errors out."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import strawberry
from graphql import ExecutionResult, parse, validate
from redis.asyncio import Redis
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.graphql.answers import Answer, answer_failure, answer_refusal, encode
from api.graphql.bounds import Bounds
from api.graphql.execution import Operations, Prepared, Request
from api.graphql.streams import AnswerRefused, OpenStream, Streams
from api.graphql.watching import SignIns
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
from graph.support.limits import Limits
from tests.factories.workspaces import Tenant

RECHECK_SECONDS = 0.05
"""As often as no installation looks at its sign-ins, so that a test need not wait."""
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
    sign_ins: SignIns = field(default_factory=lambda: SignIns(RECHECK_SECONDS))
    settings: Settings = field(init=False)
    streams: Streams = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(public_url=PUBLIC_URL, var_dir=self.directory)
        operations = Operations(self.schema, self.settings, Limits())
        self.streams = Streams(operations, Bounds())

    @property
    def storage(self) -> EvidenceStorage:
        return EvidenceStorage(self.directory / "evidence")

    def context(self, sign_in: ToldSignIn | None = None) -> Context:
        """The context of one operation."""
        return Context(
            request_id="test",
            settings=self.settings,
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
    ) -> AsyncGenerator["Told", None]:
        """What a subscription tells somebody whose sign-in is looked after."""
        sink, context = Told.Sink(), self.context(sign_in)
        operations = Operations(self.schema, context.settings, Limits())
        prepared = await operations.prepare(Request(document, variables), context)
        task = asyncio.create_task(self._send_all(prepared, context, sink))
        try:
            while (told := await sink.told.get()) is not None:
                yield told
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _send_all(self, prepared: Prepared, context: Context, sink: "Told.Sink") -> None:
        actor = context.sign_in.actor  # type: ignore[attr-defined]
        watched = self.sign_ins.watch(context, actor, sink)
        opened = None
        try:
            opened = await self.streams.follow(prepared, context, sink)
            if opened is not None:
                sink.opened = opened
                await asyncio.Event().wait()
            sink.finish()
        except AnswerRefused as refused:
            sink.end_with(refused.answer)
        finally:
            watched.close()
            if opened is not None:
                opened.close()


@dataclass(frozen=True)
class Told:
    """One answer, as a client reads it."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] | None

    class Sink:
        """Keeps answers until somebody reads them."""

        def __init__(self) -> None:
            self.told: asyncio.Queue[Told | None] = asyncio.Queue()
            self.opened: OpenStream | None = None

        async def send(self, body: bytes) -> None:
            self.take(body)

        def take(self, body: bytes) -> None:
            read = json.loads(body)
            self.told.put_nowait(Told(read.get("data"), read.get("errors")))

        def finish(self) -> None:
            self.told.put_nowait(None)

        def fail(self, error: Exception) -> None:
            self.end_with(answer_failure(error, "test"))

        def end_with(self, answer: Answer) -> None:
            self.take(encode(answer)[0])
            self.finish()

        def refuse(self, refusal: DomainError) -> None:
            self.end_with(answer_refusal(refusal, "test"))

        def change(self, actor: Actor) -> None:
            """Nothing here is shown to somebody who may do more."""


def codes_of(result: ExecutionResult | Told) -> list[str]:
    """The codes of domain errors; anything else is a mistake of ours and fails the test."""
    if isinstance(result, Told):
        return [error["extensions"]["code"] for error in result.errors or ()]
    codes = []
    for error in result.errors or ():
        assert isinstance(error.original_error, DomainError), error
        codes.append(error.original_error.code)
    return codes
