"""Whoever holds something open is looked at again and again, once for all he holds open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
from redis.asyncio import Redis

from api.graphql.watching import SignIns, Watched
from domain.shared.actor import Actor
from domain.shared.errors import DomainError, Forbidden, Unauthenticated, Unavailable
from domain.shared.ids import new_id
from domain.shared.live import LiveSignals
from domain.shared.settings import Settings
from domain.shared.unit_of_work import UnitsOfWork
from graph.support.context import Context

pytestmark = pytest.mark.unit

EVERY_SECONDS = 0.01
SECONDS = 5
TASK = "watch-sign-in"


@dataclass
class SignIn:
    """What a test says it is; counts how often it was asked."""

    actor: Actor | None
    expires_in_seconds: float | None = 900.0
    trouble: Exception | None = None
    reads: int = 0

    async def read_actor(self) -> Actor | None:
        self.reads += 1
        if self.trouble is not None:
            raise self.trouble
        return self.actor


@dataclass(eq=False)
class Open:
    """Something that stays open; notes what it is told."""

    refused: list[DomainError] = field(default_factory=list)
    changed: list[Actor] = field(default_factory=list)
    on_refuse: Callable[[], object] = lambda: None
    on_change: Callable[[], object] = lambda: None

    def refuse(self, refusal: DomainError) -> None:
        self.refused.append(refusal)
        self.on_refuse()

    def change(self, actor: Actor) -> None:
        self.changed.append(actor)
        self.on_change()


class Door:
    """Opens things with sign-ins, and closes them all in the end."""

    def __init__(self) -> None:
        self.sign_ins = SignIns(EVERY_SECONDS)
        self._watched: dict[Open, Watched] = {}

    def open(
        self, sign_in: SignIn, credential: str = "one", actor: Actor | None = None, **on: object
    ) -> Open:
        """Something that is opened by whoever this is at the moment."""
        opened = Open(**on)  # type: ignore[arg-type]
        settings, units = Settings(), cast("UnitsOfWork", None)
        context = Context(
            "test", settings, units, LiveSignals(Redis()), sign_in, credential=credential
        )
        self._watched[opened] = self.sign_ins.watch(context, actor or sign_in.actor, opened)
        return opened

    def close(self, *opened: Open) -> None:
        """They are closed."""
        for one in opened:
            self._watched.pop(one).close()

    def close_all(self) -> None:
        """Everything is."""
        self.close(*self._watched)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    yield door
    door.close_all()
    for task in watching():
        task.cancel()
    await until(lambda: not watching())


def make_actor(*permissions: str) -> Actor:
    return Actor(new_id(), new_id(), new_id(), frozenset(permissions))


def watching() -> "list[asyncio.Task[object]]":
    """Tasks that look at sign-ins."""
    return [task for task in asyncio.all_tasks() if task.get_name() == TASK]


async def until(condition: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


async def looked_at(sign_in: SignIn, times: int = 2) -> None:
    """Wait for so many more looks, and for what follows from them."""
    reads = sign_in.reads
    await until(lambda: sign_in.reads >= reads + times)
    await asyncio.sleep(0)


def may(actor: Actor, *permissions: str) -> Actor:
    return replace(actor, permissions=frozenset(permissions))


async def test_whatever_is_open_with_one_credential_costs_one_look(door: Door):
    sign_ins = [SignIn(make_actor("a")) for _ in range(50)]
    opened = [door.open(one) for one in sign_ins]
    await until(lambda: sum(one.reads for one in sign_ins) >= 3)
    assert (door.sign_ins.count, len(watching())) == (1, 1)
    assert [one.reads > 0 for one in sign_ins].count(True) == 1
    assert [(one.refused, one.changed) for one in opened] == [([], [])] * 50


async def test_each_credential_is_looked_at(door: Door):
    sign_ins = [SignIn(make_actor("a")) for _ in range(3)]
    for number, sign_in in enumerate(sign_ins):
        door.open(sign_in, str(number))
        door.open(sign_in, str(number))
    await until(lambda: all(one.reads for one in sign_ins))
    assert (door.sign_ins.count, len(watching())) == (3, 3)


async def test_sign_ins_without_a_credential_are_not_taken_for_each_other(door: Door):
    good, bad = SignIn(make_actor("a")), SignIn(make_actor("a"))
    kept, closed = door.open(good, ""), door.open(bad, "")
    bad.actor = None
    await until(lambda: closed.refused)
    await looked_at(good)
    assert kept.refused == []


async def test_a_refusal_reaches_all_and_nobody_else(door: Door):
    ended, going_on = SignIn(make_actor("a")), SignIn(make_actor("a"))
    opened, other = [door.open(ended) for _ in range(3)], door.open(going_on, "two")
    ended.actor = None
    await until(lambda: all(one.refused for one in opened))
    await looked_at(going_on)
    assert [len(one.refused) for one in opened] == [1, 1, 1]
    assert all(isinstance(one.refused[0], Unauthenticated) for one in opened)
    assert (other.refused, other.changed) == ([], [])


@pytest.mark.parametrize("trouble", [Unauthenticated("Ended."), Forbidden("No more.")])
async def test_a_refusal_says_why(door: Door, trouble: DomainError):
    sign_in = SignIn(make_actor("a"))
    opened = door.open(sign_in)
    sign_in.trouble = trouble
    await until(lambda: opened.refused)
    assert opened.refused == [trouble]


async def test_more_permissions_change_what_is_shown_and_refuse_nobody(door: Door):
    sign_in = SignIn(make_actor("a"))
    opened = [door.open(sign_in) for _ in range(2)]
    more = sign_in.actor = may(make_actor(), "a", "b")
    await until(lambda: all(one.changed for one in opened))
    await looked_at(sign_in, 3)
    assert [(one.changed, one.refused) for one in opened] == [([more], [])] * 2


async def test_less_permissions_refuse_those_alone_who_held_them(door: Door):
    sign_in = SignIn(make_actor("a", "b"))
    rich = door.open(sign_in)
    poor = door.open(sign_in, actor=make_actor("a"))
    sign_in.actor = make_actor("a")
    await until(lambda: rich.refused)
    await looked_at(sign_in, 3)
    assert isinstance(rich.refused[0], Forbidden)
    assert (poor.refused, poor.changed, rich.changed) == ([], [], [])


async def test_one_permission_for_another_refuses(door: Door):
    sign_in = SignIn(make_actor("a", "b"))
    opened = door.open(sign_in)
    sign_in.actor = make_actor("a", "c")
    await until(lambda: opened.refused)
    assert (isinstance(opened.refused[0], Forbidden), opened.changed) == (True, [])


async def test_what_was_gained_and_is_lost_again_refuses(door: Door):
    sign_in = SignIn(make_actor("a"))
    opened = door.open(sign_in)
    sign_in.actor = make_actor("a", "b")
    await until(lambda: opened.changed)
    sign_in.actor = make_actor("a")
    await until(lambda: opened.refused)
    assert isinstance(opened.refused[0], Forbidden)


async def test_a_store_that_is_away_is_no_reason(door: Door):
    sign_in = SignIn(make_actor("a"), trouble=Unavailable("PostgreSQL is away."))
    opened = door.open(sign_in)
    await looked_at(sign_in, 3)
    assert (opened.refused, opened.changed) == ([], [])
    sign_in.actor, sign_in.trouble = None, None
    await until(lambda: opened.refused)
    assert len(opened.refused) == 1


async def test_a_look_that_breaks_does_not_end_the_looking(door: Door):
    """What nobody expected must not keep open what a later look would close."""
    sign_in = SignIn(make_actor("a"), trouble=ZeroDivisionError())
    opened = door.open(sign_in)
    await until(lambda: sign_in.reads)
    sign_in.actor, sign_in.trouble = None, None
    await until(lambda: opened.refused)
    assert len(opened.refused) == 1


@pytest.mark.parametrize("what", ["refuse", "change"])
async def test_one_that_breaks_when_it_is_told_does_not_hide_it_from_the_others(
    door: Door, what: str
):
    def break_off() -> None:
        raise ZeroDivisionError

    sign_in = SignIn(make_actor("a"))
    opened = [door.open(sign_in, **{f"on_{what}": break_off}) for _ in range(2)]
    if what == "change":
        sign_in.actor = make_actor("a", "b")
        await until(lambda: any(one.changed for one in opened))
    sign_in.actor = None
    await until(lambda: all(one.refused for one in opened))
    assert [len(one.refused) for one in opened] == [1, 1]


@pytest.mark.parametrize("left", [0.02, 0.0, -1.0])
async def test_it_is_over_when_the_sign_in_expires(door: Door, left: float):
    loop = asyncio.get_running_loop()
    ends = loop.time() + left

    class Expiring(SignIn):
        @property
        def expires_in_seconds(self) -> float:
            return ends - loop.time()

        @expires_in_seconds.setter
        def expires_in_seconds(self, _: float | None) -> None:
            """It is known already."""

    opened = door.open(Expiring(make_actor("a")))
    await until(lambda: opened.refused)
    assert isinstance(opened.refused[0], Unauthenticated)
    assert loop.time() >= ends


async def test_an_expiry_is_noticed_in_time_by_who_looks_seldom():
    sign_ins, opened = SignIns(60.0), Open()
    sign_in = SignIn(make_actor("a"), expires_in_seconds=0.02)
    context = Context(
        "test", Settings(), cast("UnitsOfWork", None), LiveSignals(Redis()), sign_in, credential="x"
    )
    watched = sign_ins.watch(context, sign_in.actor, opened)
    await until(lambda: sign_in.reads)
    sign_in.expires_in_seconds = 0.0
    await until(lambda: opened.refused)
    watched.close()
    assert isinstance(opened.refused[0], Unauthenticated)


async def test_after_a_refusal_whoever_comes_is_looked_at_again(door: Door):
    sign_in = SignIn(make_actor("a"))
    first = door.open(sign_in)
    actor, sign_in.actor = sign_in.actor, None
    await until(lambda: first.refused)
    second = door.open(sign_in, actor=actor)
    await until(lambda: second.refused)
    assert len(second.refused) == 1


async def test_after_a_refusal_whoever_comes_may_stay_if_it_is_all_right_again(door: Door):
    sign_in = SignIn(make_actor("a"))
    first = door.open(sign_in)
    actor, sign_in.actor = sign_in.actor, None
    await until(lambda: first.refused)
    door.close(first)
    sign_in.actor = actor
    second = door.open(sign_in)
    await looked_at(sign_in, 3)
    assert (second.refused, second.changed, len(watching())) == ([], [], 1)


async def test_nothing_is_left_once_all_are_closed(door: Door):
    sign_in = SignIn(make_actor("a"))
    opened = [door.open(sign_in) for _ in range(3)]
    door.close(*opened[:2])
    await looked_at(sign_in)
    assert (door.sign_ins.count, len(watching())) == (1, 1)
    door.close(opened[2])
    await until(lambda: not watching())
    assert door.sign_ins.count == 0


@pytest.mark.parametrize("when", ["at once", "later"])
async def test_nothing_is_left_after_a_refusal(door: Door, when: str):
    sign_in, opened = SignIn(make_actor("a")), []
    for _ in range(3):
        opened.append(door.open(sign_in))
    if when == "at once":
        for one in opened:
            one.on_refuse = lambda closing=one: door.close(closing)
    sign_in.actor = None
    await until(lambda: all(one.refused for one in opened))
    door.close_all()
    await until(lambda: not watching())
    assert door.sign_ins.count == 0


async def test_who_is_closed_is_told_nothing_more(door: Door):
    sign_in = SignIn(make_actor("a"))
    closed, kept = door.open(sign_in), door.open(sign_in)
    door.close(closed)
    sign_in.actor = None
    await until(lambda: kept.refused)
    assert (closed.refused, closed.changed) == ([], [])
