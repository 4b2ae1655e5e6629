"""Whatever comes between what: every client gets every event exactly once, and in order."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.shared.errors import Unavailable
from graph.support import audiences, feeds
from tests.graph.support.stories import Client, Stage, feeding, give_turns, until

pytestmark = pytest.mark.unit

Step = tuple[str, int, int]
"""What happens, a number that says what exactly, and how many turns others get afterwards."""
MANNERS = "abc"
OVER = 3
"""Clients begin at most so far beyond what has happened."""


def steps(*kinds: str) -> st.SearchStrategy[list[Step]]:
    """A plan: what happens, one thing after the other."""
    step = st.tuples(st.sampled_from(kinds), st.integers(0, 11), st.integers(0, 12))
    return st.lists(step, max_size=20)


GROWING = steps("happen", "ring", "tell", "join", "join")
LEAVING = steps("tell", "join", "join", "leave", "away")
CHANGING = steps("tell", "join", "change")
BEYOND = steps("tell", "join", "beyond")


@contextmanager
def only_signals_wake(fresh_seconds: float) -> Iterator[None]:
    """Nothing happens because time passes, but that a page is forgotten at once if it is 0."""
    with (
        patch.object(feeds, "LOOK_SECONDS", 60.0),
        patch.object(feeds, "AWAY_SECONDS", 0.0),
        patch.object(feeds, "FRESH_SECONDS", fresh_seconds),
        patch.object(audiences, "BREATH", 1),
    ):
        yield


@dataclass
class Play:
    """Carries a plan out, and knows who has to get what."""

    stage: Stage
    joining: "list[tuple[int, Client, asyncio.Task[Client]]]" = field(default_factory=list)
    left: list[Client] = field(default_factory=list)

    def do(self, kind: str, value: int) -> None:
        """One step."""
        story = self.stage.story
        if kind == "happen":
            story.happen(value % 3)
        elif kind == "ring":
            self.stage.ring()
        elif kind == "tell":
            self.stage.tell(1 + value % 3)
        elif kind == "join":
            self.join(min(value % 4 * 2, len(story.events)), MANNERS[value % 3])
        elif kind == "beyond":
            self.join(len(story.events) + value % OVER, MANNERS[value % 3])
        elif kind == "away":
            story.troubles.append(Unavailable("PostgreSQL is away."))
        elif kind in ("leave", "change"):
            self.disturb(kind, value)

    def join(self, after: int, manner: str) -> None:
        """Somebody comes."""
        client = Client()
        task = asyncio.create_task(self.stage.follow(after, manner, client))
        self.joining.append((after, client, task))

    def disturb(self, kind: str, value: int) -> None:
        """Somebody leaves, maybe while he is catching up, or goes on in another manner."""
        staying = [one for one in self.joining if one[1] not in self.left and not one[1].ends]
        if not staying:
            return
        _, client, task = staying[value % len(staying)]
        if kind == "change" and client.follower is not None:
            client.follower.change(self.stage.manner(MANNERS[value % 3]))
        elif kind == "leave":
            self.left.append(client)
            task.cancel()
            if client.follower is not None:
                self.stage.leave(client)

    async def end(self, plan: list[Step]) -> None:
        """Let the story end, and see that everybody got what he has to."""
        self.stage.tell(OVER + 1, end=True)
        results = await asyncio.gather(*(task for *_, task in self.joining), return_exceptions=True)
        staying = [
            (after, client, result)
            for (after, client, _), result in zip(self.joining, results, strict=True)
            if client not in self.left
        ]
        troubled = [one for one in staying if isinstance(one[2], BaseException)]
        assert all(isinstance(one[2], Unavailable) for one in troubled), (troubled, plan)
        well = [one for one in staying if one not in troubled]
        await until(lambda: all(client.ends for _, client, _ in well))
        last = len(self.stage.story.events)
        for after, client, _ in well:
            assert client.numbers == list(range(after + 1, last + 1)), plan
            assert client.ends == [None], plan
        for after, client, _ in self.joining:
            assert client.numbers == list(range(after + 1, after + 1 + len(client.numbers))), plan


async def carry_out(plan: list[Step], page: int, pauses: int) -> None:
    """Play a plan to its end; afterwards nothing is left."""
    stage = Stage()
    stage.story.page, stage.story.pauses = page, pauses
    play = Play(stage)
    try:
        for kind, value, turns in plan:
            play.do(kind, value)
            await give_turns(turns)
        await play.end(plan)
        await until(lambda: not feeding())
        assert (stage.feeds.count, stage.live.listener_count) == (0, 0)
    finally:
        await stage.stop()


PAGES = st.sampled_from([1, 2, 100])
PAUSES = st.integers(0, 3)
FRESH = st.sampled_from([0.0, 60.0])


@settings(deadline=None)
@given(plan=GROWING, page=PAGES, pauses=PAUSES, fresh=FRESH)
async def test_whenever_somebody_comes(plan: list[Step], page: int, pauses: int, fresh: float):
    with only_signals_wake(fresh):
        await carry_out(plan, page, pauses)


@settings(deadline=None)
@given(plan=LEAVING, page=PAGES, pauses=PAUSES, fresh=FRESH)
async def test_whenever_somebody_leaves_and_whatever_is_away(
    plan: list[Step], page: int, pauses: int, fresh: float
):
    with only_signals_wake(fresh):
        await carry_out(plan, page, pauses)


@settings(deadline=None)
@given(plan=CHANGING, page=PAGES, pauses=PAUSES, fresh=FRESH)
async def test_whenever_somebody_changes_his_manner(
    plan: list[Step], page: int, pauses: int, fresh: float
):
    with only_signals_wake(fresh):
        await carry_out(plan, page, pauses)


@settings(deadline=None)
@given(plan=BEYOND, page=PAGES, pauses=PAUSES, fresh=FRESH)
async def test_wherever_somebody_begins_even_beyond_the_end(
    plan: list[Step], page: int, pauses: int, fresh: float
):
    with only_signals_wake(fresh):
        await carry_out(plan, page, pauses)


@pytest.mark.parametrize("pauses", [0, 1, 2])
@pytest.mark.parametrize("page", [1, 3])
async def test_at_every_step_of_a_stream_that_grows_somebody_comes(page: int, pauses: int):
    """Every step is tried once, with a feed that somebody else has begun."""
    for turns in range(25):
        plan = [("tell", 0, 0), ("join", 0, 30), ("tell", 2, turns), ("join", 0, 0)]
        with only_signals_wake(60.0):
            await carry_out([*plan, ("tell", 0, 1), ("join", 1, 0)], page, pauses)


@pytest.mark.parametrize("pauses", [0, 1, 2, 3])
@pytest.mark.parametrize("page", [1, 2])
async def test_what_was_read_beyond_the_end_takes_nobody_back(page: int, pauses: int):
    """One begins beyond the end; another comes to the same place when that has happened."""
    for turns in range(25):
        plan = [("tell", 0, 0), ("tell", 2, 0), ("join", 1, turns), ("beyond", 1, 2)]
        with only_signals_wake(60.0):
            await carry_out(plan, page, pauses)
