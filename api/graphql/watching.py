"""Looks again and again whether whoever opened a stream may still have it, once for all his streams."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from domain.shared.actor import Actor
from domain.shared.errors import DomainError, Forbidden, Unauthenticated, Unavailable
from graph.support.context import Context

EXPIRED = "The access token has expired; refresh the session or sign in again."
LESS = "You may do less than before. Connect again."


class Opened(Protocol):
    """What stays open: a socket, or an event stream."""

    def refuse(self, refusal: DomainError) -> None:
        """It may not stay open."""
        ...

    def change(self, actor: Actor) -> None:
        """Whoever asks may do more than before."""
        ...


@dataclass(eq=False, slots=True)
class Watched:
    """Something that stays open while its sign-in holds.

    Attributes:
        opened: What it is.
        held: What he was allowed since this is open: who loses any of it has to connect anew, so
            that nothing that was begun with it goes on.
    """

    watch: "Watch"
    opened: "Opened"
    held: frozenset[str]

    def close(self) -> None:
        """Look no more."""
        self.watch.leave(self)


class SignIns:
    """The sign-ins behind all that is open in this process.

    Args:
        every_seconds: Between two looks.
    """

    def __init__(self, every_seconds: float) -> None:
        self._every_seconds = every_seconds
        self._watches: dict[str | int, Watch] = {}

    @property
    def count(self) -> int:
        """How many sign-ins are looked at."""
        return len(self._watches)

    def watch(
        self,
        context: Context,
        actor: Actor | None,
        opened: "Opened",
    ) -> Watched:
        """Look after something that was opened with a sign-in.

        Args:
            context: Of whoever opened it.
            actor: Who that is at the moment, as far as that could be found out.
            opened: What to tell.
        """
        key = context.credential or id(context.sign_in)
        watch = self._watches.get(key)
        if watch is None:
            watch = self._watches[key] = Watch(
                context.fresh(), self._every_seconds, lambda: self._watches.pop(key, None)
            )
        return watch.enter(opened, permissions_of(actor))


class Watch:
    """Looks after everything that one sign-in has opened.

    Args:
        context: Of the sign-in.
        every_seconds: Between two looks.
        forget: Called when nothing is open any more.
    """

    def __init__(
        self, context: Context, every_seconds: float, forget: Callable[[], object]
    ) -> None:
        self._context = context
        self._every_seconds = every_seconds
        self._forget = forget
        self._watched: set[Watched] = set()
        self._task: asyncio.Task[None] | None = None

    def enter(self, opened: "Opened", held: frozenset[str]) -> Watched:
        """Look after one more."""
        watched = Watched(self, opened, held)
        self._watched.add(watched)
        if self._task is None:
            self._task = asyncio.create_task(self._look_again_and_again(), name="watch-sign-in")
        return watched

    def leave(self, watched: Watched) -> None:
        """One less."""
        self._watched.discard(watched)
        if not self._watched and self._task is not None:
            self._task.cancel()
            self._task = None
            self._forget()

    async def _look_again_and_again(self) -> None:
        while True:
            left = self._context.sign_in.expires_in_seconds
            if left is not None and left <= 0:
                self._refuse_all(Unauthenticated(EXPIRED))
                break
            await asyncio.sleep(
                self._every_seconds if left is None else min(self._every_seconds, left)
            )
            try:
                actor = await self._context.fresh().revalidate()
            except Unavailable:
                continue  # a store that is away is no reason: it is asked again soon
            except (Unauthenticated, Forbidden) as refusal:
                self._refuse_all(refusal)
                break
            self._compare(actor)
        self._task = None  # whoever comes now begins anew, and is refused in his turn

    def _compare(self, actor: Actor) -> None:
        for watched in list(self._watched):
            if watched.held == actor.permissions:
                continue
            if watched.held <= actor.permissions:
                watched.held = actor.permissions
                watched.opened.change(actor)
            else:
                watched.opened.refuse(Forbidden(LESS))

    def _refuse_all(self, refusal: DomainError) -> None:
        for watched in list(self._watched):
            watched.opened.refuse(refusal)


def permissions_of(actor: Actor | None) -> frozenset[str]:
    """What somebody may do; nothing, where nobody is known."""
    return frozenset() if actor is None else actor.permissions


async def find_refusal(context: Context) -> DomainError | None:
    """Why a stream may not go on; a store that is away is no reason."""
    try:
        await context.revalidate()
    except (Unauthenticated, Forbidden) as refusal:
        return refusal
    except Unavailable:
        return None
    return None
