"""A small schema with everything the endpoint has to cope with, and a sign-in tests can end."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import strawberry
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from starlette.requests import Request
from starlette.websockets import WebSocket
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import WithStrawberryObjectDefinition

from domain.shared.actor import Actor
from domain.shared.database import Database, Session
from domain.shared.errors import DomainError, Forbidden, Invalid, NotFound, Unavailable
from domain.shared.ids import new_id
from domain.shared.jobs import SilentOutlet
from domain.shared.live import LiveSignals
from domain.shared.paging import Page
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from graph.support.context import Context, Info
from graph.support.ids import encode_id, parse_id
from graph.support.metering import METER, Meter
from graph.support.nodes import Node
from graph.support.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Turned,
    request_page,
)
from graph.support.permissions import public, requires
from graph.support.scalars import SCALARS

SECRET_WORDS = "the password of the database is 1234"
WATCH = "execution.read"


class RateLimited(DomainError):
    """As a feature would define it."""

    code = "RATE_LIMITED"
    retry_after_seconds = 7


@dataclass
class Toy:
    """What the resolvers note, so that tests can see it."""

    login_attempts: int = 0
    open_streams: int = 0
    streams_begun: int = 0
    counts: int = 0
    batches: list[list[int]] = field(default_factory=list)
    moved: asyncio.Event = field(default_factory=asyncio.Event)


TOY = "toy"


def toy_of(context: Context) -> Toy:
    """The notes of this server."""
    toy = context.extras[TOY]
    assert isinstance(toy, Toy)
    return toy


@strawberry.type
class Item(Node):
    """Something in a list of a thousand."""

    id: strawberry.ID
    number: int

    @strawberry.field
    async def label(self, info: Info) -> str | None:
        """Loaded in batches."""
        return await info.context.load(name_numbers, self.number)

    @strawberry.field
    def items(self, first: First = None, last: Last = None) -> Connection["Item"]:
        """The same again, for deep documents."""
        return connect_items(None, first=first, last=last)

    @strawberry.field
    def parent(self) -> "Item":
        """Itself, for deep documents."""
        return self


async def name_numbers(
    session: Session, workspace: UUID, keys: Collection[int]
) -> Mapping[int, str]:
    """A batch function; the toy's database hands out the toy's notes as its session."""
    toy = cast("Toy", session)
    toy.batches.append(sorted(keys))
    return {number: f"number {number}, read {len(toy.batches)}" for number in keys}


class StorelessDatabase:
    """Where batch functions read, without a store."""

    def __init__(self, toy: Toy) -> None:
        self._toy = toy

    @asynccontextmanager
    async def session(self, workspace_id: UUID, user_id: UUID) -> AsyncIterator[Toy]:
        """Hand the notes out as a session."""
        yield self._toy


def make_item(number: int) -> Item:
    """The item with this number."""
    return Item(id=encode_id("Item", UUID(int=number)), number=number)


def connect_items(toy: Toy | None, **page: int | str | None) -> Connection[Item]:
    """A page of a thousand items."""
    request = request_page(
        first=cast("int | None", page.get("first")),
        last=cast("int | None", page.get("last")),
        after=cast("str | None", page.get("after")),
        before=cast("str | None", page.get("before")),
    )
    start = cast("int", request.after[0]) + 1 if request.after else 0
    rows = range(1000)[start : start + request.limit + 1]

    async def count() -> int:
        assert toy is not None
        toy.counts += 1
        return 1000

    turned = Turned.of(Page.cut(rows, request), make_item, lambda row: (row,))
    return Connection(turned=turned, counted=count)


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    def hello(self, name: str = "world") -> str:
        """Greets."""
        return f"Hello {name}"

    @strawberry.field
    def item(self, id: strawberry.ID) -> Item | None:  # noqa: A002 - the argument's name
        """One item by its id."""
        type_name, identity = parse_id(id) or ("", UUID(int=0))
        if type_name != "Item" or not 0 <= identity.int < 1000:
            raise NotFound("Item")
        return make_item(identity.int)

    @strawberry.field
    def items(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Item]:
        """A thousand items, by pages."""
        toy = toy_of(info.context)
        return connect_items(toy, first=first, after=after, last=last, before=before)

    @strawberry.field
    def plain(self) -> list[Item]:
        """A list without pages."""
        return [make_item(number) for number in range(3)]

    @strawberry.field(metadata={"cost": 50})
    def dear(self) -> str:
        """States its own cost."""
        return "dear"

    @strawberry.field
    def broken(self) -> str | None:
        """Raises what nobody may see."""
        raise RuntimeError(SECRET_WORDS)

    @strawberry.field
    def broken_required(self) -> str:
        """The same in a field that has to have a value."""
        raise RuntimeError(SECRET_WORDS)

    @strawberry.field
    def unwritable(self) -> strawberry.scalars.JSON:
        """Answers what JSON has no words for."""
        return cast("strawberry.scalars.JSON", {"value": 2**80})

    @strawberry.field
    def wrong_type(self) -> int | None:
        """Answers a text where a number was promised."""
        return cast("int", SECRET_WORDS)

    @strawberry.field
    def refused(self, how: str) -> str | None:
        """Raises a domain error."""
        raise {
            "forbidden": Forbidden("This needs the permission item.read."),
            "invalid": Invalid("Too short.", field=("full_name",)),
            "missing": NotFound("Item"),
            "limited": RateLimited("Too many."),
            "away": Unavailable("The database is away.", retry_after_seconds=3),
            "lost": ConnectionRefusedError(SECRET_WORDS),
            "silent": RedisConnectionError(SECRET_WORDS),
        }[how]

    @strawberry.field
    async def me(self, info: Info) -> str | None:
        """Who is signed in."""
        return str((await info.context.actor()).user_id)


@strawberry.input
class LoginInput:
    """Who wants in."""

    password: str


@strawberry.type
class LoginPayload:
    """Whether it worked."""

    ok: bool


@strawberry.type
class Mutation:
    """What can be changed."""

    @strawberry.mutation(extensions=[public("Nobody is signed in before signing in.")])
    def login(
        self,
        info: Info,
        input: LoginInput,  # noqa: A002 - the argument's name
    ) -> LoginPayload:
        """Counts attempts."""
        toy_of(info.context).login_attempts += 1
        return LoginPayload(ok=input.password == "right")


@strawberry.type
class Subscription:
    """What can be followed."""

    @strawberry.subscription(extensions=[requires(WATCH)])
    async def numbers(self, info: Info, after: int = 0, upto: int = 3) -> AsyncIterator[int]:
        """Counts to `upto`, then waits for the client to leave if it is negative."""
        toy = toy_of(info.context)
        toy.streams_begun += 1
        toy.open_streams += 1
        try:
            for number in range(after + 1, abs(upto) + 1):
                yield number
            while upto < 0:
                await toy.moved.wait()
                toy.moved.clear()
                yield 0
        finally:
            toy.open_streams -= 1

    @strawberry.subscription(extensions=[requires(WATCH)])
    async def watched(self, info: Info, after: int = 0) -> AsyncIterator[Item]:
        """The same item again and again, with what is loaded for it."""
        for _ in range(3):
            yield make_item(after)

    @strawberry.subscription(extensions=[requires(WATCH)])
    async def failing(self, after: int = 0) -> AsyncIterator[int]:
        """Breaks after the first number."""
        yield after
        raise RuntimeError(SECRET_WORDS)

    @strawberry.subscription(extensions=[requires("nobody.holds.this")])
    async def foreign(self, after: int = 0) -> AsyncIterator[int]:
        """Needs a permission the toy's people do not have."""
        yield after

    @strawberry.subscription(extensions=[requires(WATCH)])
    async def flood(self, after: int = 0) -> AsyncIterator[str]:
        """As much as a client takes."""
        while True:
            yield "x" * 65_536
            await asyncio.sleep(0)


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[cast("type[WithStrawberryObjectDefinition]", Item)],
    config=StrawberryConfig(scalar_map=SCALARS),
)


@dataclass
class ToySignIn:
    """A sign-in that a test can end in every way there is."""

    actor: Actor | None
    expires_at: float | None = None
    away: bool = False
    reads: int = 0

    async def read_actor(self) -> Actor | None:
        """The actor as of now."""
        self.reads += 1
        if self.away:
            raise Unavailable("The database is away.")
        return self.actor

    @property
    def expires_in_seconds(self) -> float | None:
        """Seconds left; None for nobody."""
        if self.actor is None:
            return None
        now = asyncio.get_running_loop().time()
        return 600.0 if self.expires_at is None else self.expires_at - now


def make_actor(*permissions: str) -> Actor:
    """Somebody who holds these permissions."""
    return Actor(new_id(), new_id(), new_id(), frozenset(permissions or (WATCH,)))


class ToyContexts:
    """The composition root of the toy: the word after `Bearer` names the sign-in."""

    def __init__(self, settings: Settings, toy: Toy, meter: Meter | None = None) -> None:
        self.sign_ins = {"good": ToySignIn(make_actor())}
        self._settings = settings
        self._extras: dict[str, object] = {TOY: toy} if meter is None else {TOY: toy, METER: meter}
        database = cast("Database", StorelessDatabase(toy))
        self._units = UnitsOfWork(database, SilentOutlet())
        self._live = LiveSignals(Redis())

    def for_request(self, request: Request) -> Context:
        """From the Authorization header."""
        return self._build(request.headers.get("authorization", ""))

    def for_socket(self, socket: WebSocket, payload: dict[str, object]) -> Context:
        """From the connection parameters."""
        return self._build(str(payload.get("authorization", "")))

    def _build(self, authorization: str) -> Context:
        token = authorization.removeprefix("Bearer ")
        return Context(
            request_id=new_id().hex,
            settings=self._settings,
            units=self._units,
            live=self._live,
            sign_in=self.sign_ins.get(token, ToySignIn(None)),
            extras=self._extras,
        )
