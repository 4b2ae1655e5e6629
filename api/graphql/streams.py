"""Operations whose answers are sent one after the other: what stays open, and what ends at once."""

import asyncio
import contextlib
import inspect
import json
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from dataclasses import dataclass, replace
from typing import cast

from graphql import ExecutionResult, OperationType
from graphql.execution import Executor as CoreExecutor
from graphql.execution import create_source_event_stream

from api.graphql.answers import Answer, answer_failure, encode
from api.graphql.bounds import Bounds
from api.graphql.execution import Operations, Prepared, execute_operation
from graph.support.audiences import Follower, Manner, Sink
from graph.support.context import Context
from graph.support.feeds import Feeds, Followed
from graph.support.masking import RequestRefused
from graph.support.permissions import Declaration


class AnswerRefused(Exception):
    """There is nothing to send but errors."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Opened:
    """A subscription whose resolver has returned where its events come from."""

    prepared: Prepared
    executor: CoreExecutor[Context]
    access: Declaration | None
    source: AsyncIterable[object]

    @property
    def context(self) -> Context:
        """Of whoever asked."""
        context: Context = self.executor.context_value
        return context


class Streams:
    """Sends answers, and counts what is open.

    Args:
        operations: Runs what is asked.
        bounds: How often open streams are looked at.
    """

    def __init__(self, operations: Operations, bounds: Bounds) -> None:
        self._operations = operations
        self._bounds = bounds
        self._feeds = Feeds()
        self.open_streams = 0

    @property
    def open_feeds(self) -> int:
        """How many streams of events are read in this process, by whomever they are followed."""
        return self._feeds.count

    async def follow(self, prepared: Prepared, context: Context, sink: Sink) -> "OpenStream | None":
        """Send all answers of an operation; a query or mutation is a stream of one.

        Returns what stays open after everything up to now was sent, or None where nothing follows.
        Cancelling this closes the resolver's generator.

        Raises:
            AnswerRefused: There is none, or no further one, for these reasons.
        """
        if prepared.kind is not OperationType.SUBSCRIPTION:
            await send(await self._operations.run(prepared, context), sink)
            return None
        opened = await self._open(prepared, context)
        with self._counting():
            if isinstance(opened.source, Followed):
                return await self._share(opened, opened.source, sink)
            answers = self._go_through(opened)
            async with contextlib.aclosing(answers):
                async for answer in answers:
                    await send(answer, sink)
        return None

    async def show(
        self, event: object, prepared: Prepared, executor: CoreExecutor[Context], context: Context
    ) -> Answer:
        """One event of a subscription as somebody asked to see it.

        Args:
            executor: Of the subscription, with its variables.
            context: For this event alone.
        """
        context.cost, context.standing = prepared.cost, executor.context_value.standing
        one = executor.build_per_event_executor(event)
        one.context_value = context
        return self._operations.answer(await execute_operation(one, prepared), prepared, context)

    @contextlib.contextmanager
    def _counting(self) -> Iterator[None]:
        self.open_streams += 1
        try:
            yield
        finally:
            self.open_streams -= 1

    async def _open(self, prepared: Prepared, context: Context) -> Opened:
        """Ask the resolver of a subscription.

        Raises:
            AnswerRefused: It refused, or something is wrong with the variables.
        """
        operations = self._operations
        try:
            executor = operations.build(prepared, context)
            access = operations.find_declaration(prepared)
            await check_access(access, context)
            opening = create_source_event_stream(executor)
            source = await opening if inspect.isawaitable(opening) else opening
        except RequestRefused as refused:
            source = ExecutionResult(None, list(refused.errors))
        except Exception as error:
            raise AnswerRefused(answer_failure(error, context.request_id)) from error
        if isinstance(source, ExecutionResult):
            answer = operations.answer(source, prepared, context)
            raise AnswerRefused(replace(answer, started=False))
        return Opened(prepared, executor, access, source)

    async def _share(self, opened: Opened, followed: Followed, sink: Sink) -> "OpenStream | None":
        """Follow with all others who follow the same."""
        manner = self.make_manner(opened.prepared, opened.context)
        try:
            follower = await self._feeds.follow(followed, manner, sink)
        except Exception as error:
            raise AnswerRefused(answer_failure(error, opened.context.request_id)) from error
        return None if follower is None else OpenStream(self, opened.prepared, follower)

    def make_manner(self, prepared: Prepared, context: Context) -> Manner:
        """How events are shown: the same to all who ask for the same and may see the same.

        Variables that only say where to begin make no difference.
        """
        executor = self._operations.build(prepared, context)
        given = executor.variable_values.coerced
        names = prepared.document.plans.showing_variables
        chosen = {name: given[name] for name in names if name in given}
        # Integers of the JSON scalar have any size, which orjson does not write.
        written = json.dumps(chosen, default=str, sort_keys=True)
        operation = (prepared.document.digest, prepared.measured.name, written, prepared.cost)

        async def show(event: object) -> bytes:
            return encode(await self.show(event, prepared, executor, context.pinned()))[0]

        return Manner((*operation, context.held_permissions), show, context)

    async def _go_through(self, opened: Opened) -> AsyncGenerator[Answer, None]:
        """The answers to a generator of events, for one client alone."""
        looked = asyncio.get_running_loop().time()
        events = cast("AsyncGenerator[object, None]", aiter(opened.source))
        async with contextlib.aclosing(events):
            try:
                async for event in events:
                    now = asyncio.get_running_loop().time()
                    fresh = opened.context.fresh()
                    if now - looked > self._bounds.event_recheck_seconds:
                        await check_access(opened.access, fresh)
                        looked = now
                    # What was loaded for the last event would be stale for this one.
                    yield await self.show(event, opened.prepared, opened.executor, fresh)
            except Exception as error:  # noqa: BLE001 - the edge: masked, logged, and answered
                yield answer_failure(error, opened.context.request_id)


@dataclass(eq=False, slots=True)
class OpenStream:
    """A subscription that has sent everything up to now, and follows what comes.

    There may be thousands: whatever can be made again is not kept.
    """

    streams: Streams
    prepared: Prepared
    follower: Follower
    is_open: bool = True

    def __post_init__(self) -> None:
        """Count it."""
        self.streams.open_streams += 1

    def show_to(self, context: Context) -> None:
        """Go on with what whoever asks may see now."""
        self.follower.change(self.streams.make_manner(self.prepared, context))

    def close(self) -> None:
        """Follow no more; may be called twice."""
        if self.is_open:
            self.is_open = False
            self.streams.open_streams -= 1
            self.follower.leave()


async def send(answer: Answer, sink: Sink) -> None:
    """Send an answer.

    Raises:
        AnswerRefused: Nothing ran.
    """
    if not answer.started:
        raise AnswerRefused(answer)
    await sink.send(encode(answer)[0])


async def check_access(access: Declaration | None, context: Context) -> None:
    """Look anew whether whoever asks may still see this stream.

    Raises:
        Unauthenticated: The sign-in has ended.
        Forbidden: The permission was taken away.
    """
    if access is not None and access.permission is None and await context.actor_if_any() is None:
        return
    await context.revalidate(access.permission if access is not None else None)
