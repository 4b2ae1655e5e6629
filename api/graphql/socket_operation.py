"""One operation on a socket: a task while it begins, and hardly anything while it only follows."""

import asyncio
from contextvars import copy_context
from typing import Protocol

import orjson
import structlog
from graphql import OperationType

from api.graphql.answers import Answer, answer_failure, answer_refusal
from api.graphql.openings import Opening
from api.graphql.outbox import Outbox
from api.graphql.refusals import count_refusal
from api.graphql.requests import read_request
from api.graphql.serving import Serving
from api.graphql.streams import AnswerRefused, OpenStream
from api.graphql.watching import find_refusal
from domain.shared.errors import DomainError
from domain.shared.log_secrets import knowing_secrets
from graph.support.context import Context
from graph.support.masking import RequestRefused
from graph.support.rate_limit import check_room

log = structlog.get_logger()


class Owner(Protocol):
    """Whose operations they are: a session."""

    def forget(self, operation: "SocketOperation") -> None:
        """It is over: the client may use its id again."""
        ...

    def begin_with(self, permissions: frozenset[str] | None) -> None:
        """Something that stays open begins with these."""
        ...

    def refuse(self, refusal: DomainError) -> None:
        """The socket may not stay open."""
        ...

    def be_broken(self) -> None:
        """We made a mistake."""
        ...


class SocketOperation:
    """Carries an operation out; a `Sink` for its answers.

    Args:
        identity: The client's name for it.
        outbox: Of the socket.
        owner: The session of the socket.
    """

    __slots__ = (
        "_context",
        "_counted",
        "_next",
        "_open",
        "_outbox",
        "_owner",
        "_task",
        "identity",
    )

    def __init__(self, identity: str, outbox: Outbox, owner: Owner) -> None:
        self.identity = identity
        self._outbox = outbox
        self._owner = owner
        self._next = f'{self._head("next")},"payload":'
        self._context: Context | None = None
        self._open: OpenStream | None = None
        self._counted: Opening | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, serving: Serving, context: Context, counted: Opening, payload: object) -> None:
        """Begin.

        Args:
            counted: Closed once it is over, however that comes.
        """
        self._context = context
        self._counted = counted
        its_own = (
            copy_context()
        )  # what must not be logged of it, beside what must not of the socket
        work = self._run(serving, context, payload)
        self._spawn(asyncio.create_task(work, context=its_own))

    def cancel(self) -> "asyncio.Task[None] | None":
        """Nobody wants more of it; returns what has yet to end, if anything has."""
        task = self._task
        if task is not None:
            task.cancel()
        self._close()
        return task

    def show_to(self, context: Context) -> None:
        """Go on with what whoever asks may see now."""
        self._context = context
        if self._open is not None:
            self._open.show_to(context)

    async def send(self, body: bytes) -> None:
        """Send an answer, and return when the client takes more."""
        await self._outbox.deliver(f"{self._next}{body.decode()}}}")

    def take(self, body: bytes) -> None:
        """Send an answer without waiting."""
        self._outbox.post(f"{self._next}{body.decode()}}}")

    def finish(self) -> None:
        """There are no more answers."""
        self._end()
        self._outbox.post(f"{self._head('complete')}}}")

    def fail(self, error: Exception) -> None:
        """What is followed broke."""
        if self._context is not None:
            answer = answer_failure(error, self._context.request_id)
            self._spawn(asyncio.create_task(self._give_up(answer, self._context)))

    async def tell_errors(self, answer: Answer) -> None:
        """Send why there are no answers."""
        errors = orjson.dumps(answer.errors()).decode()
        await self._outbox.deliver(f'{self._head("error")},"payload":{errors}}}')

    def _head(self, kind: str) -> str:
        return orjson.dumps({"id": self.identity, "type": kind}).decode()[:-1]

    def _end(self) -> None:
        self._owner.forget(self)
        self._close()

    def _close(self) -> None:
        for one in (self._open, self._counted):
            if one is not None:
                one.close()

    def _spawn(self, task: "asyncio.Task[None]") -> None:
        self._task = task
        task.add_done_callback(self._look_at)

    def _look_at(self, done: "asyncio.Task[None]") -> None:
        if self._task is done:
            self._task = None
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("socket.operation_failed", exc_info=error)
            self._owner.be_broken()

    async def _run(self, serving: Serving, context: Context, payload: object) -> None:
        with knowing_secrets():
            try:
                check_room(context)
                prepared = await serving.operations.prepare(read_request(payload), context)
            except (RequestRefused, DomainError) as refused:
                self._end()
                counted = await count_refusal(refused, context)
                await self.tell_errors(answer_refusal(counted, context.request_id))
                return
            if prepared.kind is OperationType.SUBSCRIPTION:
                self._owner.begin_with(context.held_permissions)
            try:
                self._open = await serving.streams.follow(prepared, context, self)
            except AnswerRefused as refused:
                await self._give_up(refused.answer, context)
            else:
                if self._open is None:
                    self.finish()
                else:
                    self._go_on(self._open, context)

    def _go_on(self, opened: OpenStream, context: Context) -> None:
        """As who asks was seen at the beginning, or as he has been seen meanwhile."""
        self._owner.begin_with(context.held_permissions)
        if self._context is not None and self._context is not context:
            opened.show_to(self._context)

    async def _give_up(self, answer: Answer, context: Context) -> None:
        """End with errors, or end the socket where the sign-in has ended."""
        if any(problem.code == "UNAUTHENTICATED" for problem in answer.problems):
            refusal = await find_refusal(context.fresh())
            if refusal is not None:
                self._owner.refuse(refusal)
                return
        self._end()
        await self.tell_errors(answer)
