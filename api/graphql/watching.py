"""Looks again and again whether whoever opened a stream may still have it, once for all his streams."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog

from domain.shared.actor import Actor
from domain.shared.errors import DomainError, Forbidden, Unauthenticated, Unavailable
from graph.support.context import Context

log = structlog.get_logger()

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
        shown: What he was allowed when it was last told how to be shown.
    """

    watch: "Watch"
    opened: "Opened"
    held: frozenset[str]
    shown: frozenset[str]

    def begin_with(self, permissions: frozenset[str] | None) -> None:
        """Something of it begins with these, which may be more than the last look saw."""
        if permissions is not None and not permissions <= self.held:
            self.watch.note(self, permissions)

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
        self._begun: list[tuple[Watched, frozenset[str]]] = []
        self._task: asyncio.Task[None] | None = None

    def enter(self, opened: "Opened", held: frozenset[str]) -> Watched:
        """Look after one more."""
        watched = Watched(self, opened, held, held)
        self._watched.add(watched)
        if self._task is None:
            self._task = asyncio.create_task(self._look_again_and_again(), name="watch-sign-in")
        return watched

    def leave(self, watched: Watched) -> None:
        """One less."""
        if watched not in self._watched:
            return
        self._watched.discard(watched)
        if not self._watched:
            if self._task is not None:
                self._task.cancel()
                self._task = None
            self._forget()

    def note(self, watched: Watched, permissions: frozenset[str]) -> None:
        """It holds these, too, for all looks that begin from now on.

        One that is under way may have seen what was before they were given.
        """
        self._begun.append((watched, permissions))

    async def _look_again_and_again(self) -> None:
        while True:
            left = self._context.sign_in.expires_in_seconds
            if left is not None and left <= 0:
                self._refuse_all(Unauthenticated(EXPIRED))
                break
            await asyncio.sleep(
                self._every_seconds if left is None else min(self._every_seconds, left)
            )
            self._add_begun()
            try:
                actor = await self._context.fresh().revalidate()
            except Unavailable:
                continue  # a store that is away is no reason: it is asked again soon
            except (Unauthenticated, Forbidden) as refusal:
                self._refuse_all(refusal)
                break
            except Exception as error:  # it must not be the last look
                log.error("sign_in.look_failed", exc_info=error)
                continue
            self._compare(actor)
        self._task = None  # whoever comes now begins anew, and is refused in his turn

    def _add_begun(self) -> None:
        begun, self._begun = self._begun, []
        for watched, permissions in begun:
            watched.held |= permissions

    def _compare(self, actor: Actor) -> None:
        for watched in list(self._watched):
            if not watched.held <= actor.permissions:
                tell(partial(watched.opened.refuse, Forbidden(LESS)))
            elif watched.shown != actor.permissions:
                watched.held = watched.shown = actor.permissions
                tell(partial(watched.opened.change, actor))

    def _refuse_all(self, refusal: DomainError) -> None:
        for watched in list(self._watched):
            tell(partial(watched.opened.refuse, refusal))


def tell(what: Callable[[], None]) -> None:
    """Tell one of many; if that fails, the others still hear of it."""
    try:
        what()
    except Exception as error:  # process edge: of one socket, not of the others
        log.error("sign_in.telling_failed", exc_info=error)


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
