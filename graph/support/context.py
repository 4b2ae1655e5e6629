"""What resolvers share during one operation: who asks, where to read, what was loaded."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Concatenate, ParamSpec, Protocol, TypeVar, cast
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from domain.shared.actor import Actor
from domain.shared.batches import Batch
from domain.shared.database import Session
from domain.shared.errors import Unauthenticated
from domain.shared.live import LiveSignals
from domain.shared.origin import Origin
from domain.shared.reads import Reader
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from graph.support.cookies import Cookies
from graph.support.metering import Owed, Standing

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Args = ParamSpec("Args")

BatchFunction = Callable[
    Concatenate[Session, UUID, Collection[Key], Args], Awaitable[Mapping[Key, Value]]
]
"""`(session, workspace, keys, *more) -> {key: value}`: one SQL statement, keys may be missing."""


class SignIn(Protocol):
    """Who is behind a request or a socket; asked anew each time, nothing is cached here."""

    async def read_actor(self) -> Actor | None:
        """The actor, or None when nobody (any more) is signed in."""
        ...

    @property
    def expires_in_seconds(self) -> float | None:
        """Seconds until the access token ends; None for nobody."""
        ...


@dataclass(slots=True)
class Context:
    """One operation's context. Subscriptions take a `fresh` one for every event.

    Loaders live as long as their context: one that outlived its operation would serve stale rows.
    """

    request_id: str
    settings: Settings
    units: UnitsOfWork
    live: LiveSignals
    sign_in: SignIn
    extras: Mapping[str, object] = field(default_factory=dict)
    """Services of single features, by name: put there by the composition root."""
    client_address: str = ""
    client_device: str = ""
    credential: str = ""
    """What tells one sign-in from the others, without being one; empty for nobody's."""
    owed: Owed = field(default_factory=Owed)
    """The request, while it is not counted yet."""
    refusal_cost: int = 1
    """What it counts if it is refused before it has a cost."""
    is_charged: bool = False
    cookies: Cookies = field(default_factory=Cookies)
    """What a browser keeps where no script can read it, and what becomes of it."""
    cost: int = 0
    standing: Standing | None = None
    """How the caller stands with the limits after this operation; None where nobody counts."""
    _actor: Actor | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _loaders: dict[Hashable, DataLoader[Hashable, object]] = field(default_factory=dict)

    @property
    def origin(self) -> Origin:
        """Where the operation comes from, for sessions and the audit log."""
        return Origin.of(self.client_device, self.client_address, self.request_id)

    @property
    def own_units(self) -> UnitsOfWork:
        """Units of work for verbs that open them themselves; the audit log says where from."""
        return self.units.seen_from(self.origin)

    async def actor(self) -> Actor:
        """Who asks.

        Raises:
            Unauthenticated: nobody is signed in, or not any more.
        """
        async with self._asking:  # fields that start together ask once
            if self._actor is None:
                self._actor = await self.sign_in.read_actor()
        if self._actor is None:
            raise Unauthenticated("Sign in first.")
        return self._actor

    async def actor_if_any(self) -> Actor | None:
        """Who asks, or None."""
        try:
            return await self.actor()
        except Unauthenticated:
            return None

    def fresh(self) -> "Context":
        """The same request with nothing loaded and nobody known yet."""
        return Context(
            self.request_id,
            self.settings,
            self.units,
            self.live,
            self.sign_in,
            self.extras,
            self.client_address,
            self.client_device,
            self.credential,
            cookies=self.cookies,
            cost=self.cost,
        )

    @property
    def held_permissions(self) -> frozenset[str] | None:
        """What whoever asks may do, where that was looked up."""
        return None if self._actor is None else self._actor.permissions

    def known_as(self, actor: Actor) -> "Context":
        """The same request with nothing loaded, and this is who asks."""
        known = self.fresh()
        known._actor = actor
        return known

    def pinned(self) -> "Context":
        """The same request with nothing loaded, for whom it was: nobody is asked who that is.

        For what is shown to many together; whether each of them may still see it is looked at
        elsewhere.
        """
        pinned = self.fresh()
        pinned._actor = self._actor
        return pinned

    async def revalidate(self, permission: str | None = None) -> Actor:
        """Read the actor anew, for what stays open, and forget what was loaded.

        Raises:
            Unauthenticated: the session or the token has ended.
            Forbidden: `permission` was taken away.
        """
        self._actor = None
        self.forget_loaded()
        actor = await self.actor()
        if permission is not None:
            actor.require(permission)
        return actor

    def forget_loaded(self) -> None:
        """Load anew from now on: what was loaded for one event is stale at the next."""
        self._loaders.clear()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A short read transaction in the actor's workspace; never open one inside another."""
        actor = await self.actor()
        async with self.units.database.session(actor.workspace_id, actor.user_id) as session:
            yield session

    async def reader(self) -> Reader:
        """What answers statements with records, as the actor may see them."""
        actor = await self.actor()
        return self.units.database.reader(actor.workspace_id, actor.user_id)

    async def load(
        self,
        batch: BatchFunction[Key, Args, Value],
        key: Key,
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Value | None:
        """Load one value; calls that wait together become one call of `batch`."""
        identity = (batch, args, tuple(sorted(kwargs.items())))
        loader = self._loaders.get(identity)
        if loader is None:

            async def load_all(keys: list[Hashable]) -> list[object]:
                found = await self.read_batch(batch, cast("list[Key]", keys), *args, **kwargs)
                return [found.get(cast("Key", one)) for one in keys]

            loader = self._loaders[identity] = DataLoader(load_fn=load_all)
        # Fields that want the same share one future: nobody who is interrupted ends it for the others.
        value = await asyncio.shield(loader.load(key))
        return cast("Value | None", value)

    async def read_batch(
        self,
        batch: BatchFunction[Key, Args, Value],
        keys: Collection[Key],
        *args: Args.args,
        **kwargs: Args.kwargs,
    ) -> Mapping[Key, Value]:
        """What a batch function finds: records, where it is a statement of whole rows."""
        workspace = (await self.actor()).workspace_id
        if isinstance(batch, Batch):
            ids = cast("Collection[UUID]", keys)
            found = await batch.read(await self.reader(), workspace, ids)
            return cast("Mapping[Key, Value]", found)
        async with self.reading() as session:
            return await batch(session, workspace, keys, *args, **kwargs)


Info = strawberry.Info[Context, None]
