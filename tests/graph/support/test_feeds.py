"""A stream is read once, shown once for each manner, and handed to everybody exactly once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.shared.errors import NotFound, Unavailable
from graph.support import audiences, feeds
from graph.support.audiences import Manner
from tests.graph.support.stories import Client, Stage, end, feeding, give_turns, until

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def _only_signals_wake(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test gets it does not owe to the periodic look, and it waits for no store."""
    monkeypatch.setattr(feeds, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(feeds, "AWAY_SECONDS", 0.0)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.close()


async def all_got(clients: list[Client], numbers: list[int]) -> None:
    """Wait until everybody has something, and see that it is exactly this."""
    await until(lambda: all(one.got[-1:] and one.numbers[-1] == numbers[-1] for one in clients))
    assert [one.numbers for one in clients] == [numbers] * len(clients)


async def settled() -> None:
    """Wait until the feed has read all there is, and waits for a signal."""
    await give_turns(30)


async def test_an_event_costs_one_reading_however_many_follow(stage: Stage):
    clients = [await stage.follow(0, manner) for manner in "abc" for _ in range(10)]
    await settled()
    before = len(stage.story.reads)
    stage.tell()
    await all_got(clients, [1])
    await settled()
    assert stage.story.reads[before:] == [0]


async def test_an_event_is_shown_once_to_all_who_ask_for_the_same(stage: Stage):
    clients = [await stage.follow() for _ in range(30)]
    stage.tell(3)
    await all_got(clients, [1, 2, 3])
    assert stage.shown == {("plain", number): 1 for number in (1, 2, 3)}


async def test_each_manner_gets_its_own_bodies(stage: Stage):
    clients = {one: [await stage.follow(0, one) for _ in range(3)] for one in ("a", "b", "c")}
    stage.tell(2)
    for manner, asking in clients.items():
        await all_got(asking, [1, 2])
        assert [one.got for one in asking] == [[f"{manner} {n}".encode() for n in (1, 2)]] * 3
    assert set(stage.shown.values()) == {1}


@pytest.mark.parametrize("manner", ["plain", "another"])
async def test_who_joins_between_reading_and_handing_out_misses_and_repeats_nothing(
    stage: Stage, manner: str
):
    stage.story.happen()
    early = await stage.follow()
    await settled()
    stage.showing.hold()
    stage.tell(2)
    await until(lambda: stage.showing.waiting)
    joining = asyncio.create_task(stage.follow(0, manner))
    await until(lambda: stage.showing.waiting == 2)
    stage.showing.release()
    late = await joining
    stage.tell(2)
    await all_got([early, late], [1, 2, 3, 4, 5])


async def test_who_joins_while_the_feed_reads_misses_and_repeats_nothing(stage: Stage):
    stage.story.happen()
    early = await stage.follow()
    await settled()
    stage.story.end_reading.hold()
    stage.tell()
    await until(lambda: stage.story.end_reading.waiting)
    stage.story.happen(2)
    joining = asyncio.create_task(stage.follow(0, "another"))
    await until(lambda: stage.story.end_reading.waiting == 2)
    stage.story.end_reading.release()
    late = await joining
    stage.tell()
    await all_got([early, late], [1, 2, 3, 4, 5])


async def test_whoever_joins_after_any_number_gets_exactly_the_rest(stage: Stage):
    stage.story.happen(6)
    clients = [await stage.follow(after) for after in range(7)]
    stage.tell(2)
    for after, client in enumerate(clients):
        await all_got([client], list(range(after + 1, 9)))


async def test_who_comes_again_with_the_last_number_at_once_waits_for_the_next(stage: Stage):
    """Somebody else came with it just before, when there was nothing to show."""
    stage.story.happen(2)
    first = await stage.follow(2)
    stage.tell()
    await all_got([first], [3])
    second = await stage.follow(2)
    await all_got([second], [3])
    stage.tell()
    await all_got([first, second], [3, 4])


async def test_who_follows_from_beyond_the_end_holds_nobody_up(stage: Stage):
    stage.story.happen(2)
    eager = await stage.follow(4)
    other = await stage.follow(0)
    stage.tell(4)
    await all_got([other], [1, 2, 3, 4, 5, 6])
    await all_got([eager], [5, 6])


async def test_who_comes_at_the_same_moment_shares_what_has_happened(stage: Stage):
    stage.story.happen(3)
    stage.story.begin_reading.hold()
    joining = [asyncio.create_task(stage.follow()) for _ in range(20)]
    await until(lambda: stage.story.begin_reading.waiting)
    stage.story.begin_reading.release()
    await all_got(list(await asyncio.gather(*joining)), [1, 2, 3])
    assert stage.story.reads.count(0) == 1
    assert set(stage.shown.values()) == {1}


async def test_who_comes_later_sees_it_as_it_is_now(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feeds, "FRESH_SECONDS", 0.0)
    stage.story.happen(2)
    await stage.follow()
    later = asyncio.get_running_loop().time() + 0.001
    await until(lambda: asyncio.get_running_loop().time() > later)
    second = await stage.follow()
    await all_got([second], [1, 2])
    assert stage.shown == {("plain", 1): 2, ("plain", 2): 2}


async def test_a_full_page_is_followed_by_the_next_without_a_signal(stage: Stage):
    stage.story.page = 2
    client = await stage.follow()
    await settled()
    stage.story.happen(7)
    stage.ring()
    await all_got([client], [1, 2, 3, 4, 5, 6, 7])
    newcomer = await stage.follow(1)
    await all_got([newcomer], [2, 3, 4, 5, 6, 7])


async def test_a_store_that_is_away_costs_nobody_anything_but_time(stage: Stage):
    clients = [await stage.follow(0, manner) for manner in "ab"]
    await settled()
    stage.story.troubles.extend([Unavailable("PostgreSQL is away.")] * 3)
    stage.tell(2)
    await all_got(clients, [1, 2])
    assert [one.ends for one in clients] == [[], []]
    stage.tell()
    await all_got(clients, [1, 2, 3])


async def test_a_stream_that_is_gone_fails_everybody_and_who_comes_then_begins_anew(stage: Stage):
    clients = [await stage.follow(0, manner) for manner in "aab"]
    await settled()
    gone = NotFound("The story")
    stage.story.troubles.append(gone)
    stage.tell()
    await until(lambda: all(one.ends for one in clients))
    assert [one.ends for one in clients] == [[gone]] * 3
    assert (stage.feeds.count, feeding()) == (0, 0)
    newcomer = await stage.follow()
    stage.tell()
    await all_got([newcomer], [1, 2])
    assert [one.got for one in clients] == [[], [], []]


async def test_who_is_catching_up_when_a_stream_fails_is_told_by_his_own_reading(stage: Stage):
    stage.story.happen(2)
    early = await stage.follow()
    await settled()
    late = Client()
    late.sending.hold()
    joining = asyncio.create_task(stage.follow(0, "plain", late))
    await until(lambda: late.sending.waiting)
    stage.story.troubles.append(NotFound("The story"))
    stage.ring()
    await until(lambda: early.ends)
    late.sending.release()
    await joining
    stage.tell()
    await all_got([late], [1, 2, 3])
    assert late.ends == []


async def test_a_stream_that_is_over_sends_the_last_events_and_finishes_everybody(stage: Stage):
    clients = [await stage.follow(0, manner) for manner in "aab"]
    stage.tell(2, end=True)
    await until(lambda: all(one.ends for one in clients))
    assert [one.numbers for one in clients] == [[1, 2]] * 3
    assert [one.ends for one in clients] == [[None]] * 3
    assert (stage.feeds.count, feeding(), stage.live.listener_count) == (0, 0, 0)
    late = await stage.follow(1)
    assert (late.numbers, late.ends, stage.feeds.count) == ([2], [None], 0)


async def test_the_last_one_who_leaves_ends_the_feed_and_its_listener(stage: Stage):
    clients = [await stage.follow(0, manner) for manner in "aab"]
    await until(lambda: stage.live.listener_count == 1)
    for client in clients[:2]:
        stage.leave(client)
    await give_turns(10)
    assert (stage.feeds.count, feeding(), stage.live.listener_count) == (1, 1, 1)
    stage.leave(clients[2])
    await until(lambda: not feeding())
    assert (stage.feeds.count, stage.live.listener_count) == (0, 0)


async def test_a_feed_that_ends_late_takes_no_newer_one_with_it(stage: Stage):
    """Somebody leaves while his feed reads, and somebody else comes at once."""
    first = await stage.follow()
    await settled()
    stage.story.end_reading.hold()
    stage.ring()
    await until(lambda: stage.story.end_reading.waiting)
    stage.leave(first)
    joining = asyncio.create_task(stage.follow(0, "another"))
    await until(lambda: stage.story.end_reading.waiting == 2)
    stage.story.end_reading.release()
    second = await joining
    await until(lambda: feeding() == 1)
    third = await stage.follow()
    assert (stage.feeds.count, feeding()) == (1, 1)
    stage.tell()
    await all_got([second, third], [1])


async def test_who_leaves_in_the_middle_of_a_handing_out_gets_nothing_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(audiences, "BREATH", 1)
    clients = [await stage.follow() for _ in range(4)]
    left: list[Client] = []

    def send_another_away() -> None:
        if not left:
            left.append(next(one for one in clients if not one.got))
            stage.leave(left[0])

    for client in clients:
        client.on_take = send_another_away
    stage.tell(2)
    staying = [one for one in clients if one not in left]
    await until(lambda: left and all(len(one.got) == 2 for one in clients if one not in left))
    assert left[0].got == []
    await all_got([one for one in staying if one not in left], [1, 2])


async def test_a_change_of_manner_misses_and_repeats_nothing(stage: Stage):
    client, other = await stage.follow(0, "a"), await stage.follow(0, "a")
    stage.tell(2)
    await all_got([client, other], [1, 2])
    assert client.follower is not None
    client.follower.change(stage.manner("b"))
    stage.tell(2)
    await all_got([client, other], [1, 2, 3, 4])
    assert [body.split()[0] for body in client.got] == [b"a", b"a", b"b", b"b"]


@pytest.mark.parametrize(("mover", "into"), [("a", "b"), ("b", "a"), ("a", "new"), ("b", "new")])
async def test_a_change_of_manner_while_it_is_shown_misses_and_repeats_nothing(
    stage: Stage, mover: str, into: str
):
    """What is handed out first is first "a", then "b"."""
    clients = {name: await stage.follow(0, name) for name in "ab"}
    await settled()
    stage.showing.hold()
    stage.tell()
    await until(lambda: stage.shown[mover, 1] or go_on(stage))
    follower = clients[mover].follower
    assert follower is not None
    follower.change(stage.manner(into))
    stage.showing.release()
    stage.tell()
    await all_got(list(clients.values()), [1, 2])


def go_on(stage: Stage) -> None:
    """Let through what is shown just now, and nothing after that."""
    stage.showing.release()
    stage.showing.hold()


async def test_a_client_that_cannot_be_sent_to_does_not_hurt_the_others(stage: Stage):
    broken = await stage.follow()
    clients = [await stage.follow(0, manner) for manner in ("plain", "plain", "another")]

    def break_off() -> None:
        raise ZeroDivisionError

    broken.on_take = break_off
    stage.tell(2)
    await until(lambda: all(one.got or one.ends for one in clients))
    stage.tell()
    await until(lambda: all(len(one.got) == 3 or one.ends for one in clients))
    assert [(one.numbers, one.ends) for one in clients] == [([1, 2, 3], [])] * 3


@pytest.mark.parametrize("trouble", [None, NotFound("The story")], ids=["over", "gone"])
async def test_a_client_that_cannot_be_told_of_the_end_does_not_hide_it_from_the_others(
    stage: Stage, trouble: Exception | None
):
    clients = [await stage.follow() for _ in range(4)]
    await settled()

    def break_off() -> None:
        raise ZeroDivisionError

    for client in clients:
        client.on_end = break_off
    if trouble is not None:
        stage.story.troubles.append(trouble)
    stage.tell(end=True)
    await until(lambda: not feeding())
    assert [one.ends for one in clients] == [[trouble]] * 4
    assert (stage.feeds.count, stage.live.listener_count) == (0, 0)


async def test_a_manner_that_cannot_be_shown_does_not_hurt_the_others(stage: Stage):
    async def show(_: object) -> bytes:
        raise ZeroDivisionError

    await stage.follow(0, Manner("broken", show, stage.manner().context))
    clients = [await stage.follow() for _ in range(2)]
    stage.tell(2)
    await until(lambda: all(len(one.got) == 2 or one.ends for one in clients))
    assert [(one.numbers, one.ends) for one in clients] == [([1, 2], [])] * 2


async def test_who_is_cut_off_while_he_shares_a_page_does_not_hurt_the_others(stage: Stage):
    stage.story.happen(2)
    stage.story.begin_reading.hold()
    joining = [asyncio.create_task(stage.follow()) for _ in range(3)]
    await until(lambda: stage.story.begin_reading.waiting)
    await end(joining[0])
    stage.story.begin_reading.release()
    clients = list(await asyncio.gather(*joining[1:]))
    await all_got(clients, [1, 2])
    assert stage.story.reads.count(0) == 1
    for client in clients:
        stage.leave(client)
    await until(lambda: not feeding())
    assert stage.feeds.count == 0


async def test_a_client_that_is_slow_to_catch_up_holds_up_nobody_else(stage: Stage):
    stage.story.happen(3)
    slow = Client()
    slow.sending.hold()
    catching_up = asyncio.create_task(stage.follow(0, "plain", slow))
    await until(lambda: slow.sending.waiting)
    quick = await stage.follow()
    stage.tell(3)
    await all_got([quick], [1, 2, 3, 4, 5, 6])
    assert slow.got == []
    slow.sending.release()
    await catching_up
    await all_got([slow], [1, 2, 3, 4, 5, 6])
