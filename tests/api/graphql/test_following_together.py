"""Many clients follow one execution: each gets everything once, and nobody costs the others a thing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.app import Parts
from domain.shared.reads import Query, Where
from graph.support import feeds
from tests.api.graphql.following import (
    END,
    FOLLOW,
    SECONDS,
    House,
    hear,
    hear_all,
    hear_end,
    open_house,
    seqs,
    until,
)
from tests.fixtures.database import Databases
from tests.fixtures.people import MakeMember, Member
from tests.graph.accounts.live import say_to

pytestmark = [pytest.mark.integration, pytest.mark.no_rollback]

SOCKETS = 50
DATA = """subscription ($id: ID!, $after: Int) {
  executionEvents(id: $id, after: $after) { seq data } }"""


@pytest.fixture(autouse=True)
def _only_signals_wake(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client gets it does not owe to the periodic look."""
    monkeypatch.setattr(feeds, "LOOK_SECONDS", 60.0)


@pytest.fixture
async def member(workspace_member: MakeMember) -> Member:
    return await workspace_member()


@pytest.fixture
async def house(
    parts: Parts, databases: Databases, member: Member, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    async with open_house(parts, databases, member, monkeypatch) as house:
        yield house
        await house.nothing_left()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Statements about executions."""
    statements: list[str] = []
    fetch = Query.fetch

    async def note(self: Query, where: Where, **values: object) -> Any:
        if "execution" in self.sql:
            statements.append(self.sql)
        return await fetch(self, where, **values)

    monkeypatch.setattr(Query, "fetch", note)
    return statements


async def test_fifty_sockets_get_every_event_once_and_in_order(house: House, member: Member):
    """Half of them are there when it begins, the others come while it goes on."""
    await house.happen("execution.started")
    following = [asyncio.create_task(house.follow_all(member)) for _ in range(SOCKETS // 2)]
    await until(lambda: house.endpoint.open_streams == SOCKETS // 2)
    for number in range(SOCKETS // 2):
        following.append(asyncio.create_task(house.follow_all(member)))
        await house.happen(*["step.finished"] * (1 + number % 3))
    await house.happen(END)
    told = await asyncio.gather(*following)
    last = seqs(told[0])[-1]
    assert last > SOCKETS // 2
    assert [seqs(one) for one in told] == [list(range(1, last + 1))] * SOCKETS


async def test_an_event_costs_the_same_statements_however_many_follow(
    house: House, member: Member, read: list[str]
):
    costs = []
    following: list[asyncio.Task[list[Any]]] = []
    for sockets in (1, 2, SOCKETS):
        while len(following) < sockets:
            following.append(asyncio.create_task(house.follow_all(member)))
        await until(lambda n=sockets: house.endpoint.open_streams == n)
        before = await settled(read)
        await house.happen("step.finished")
        costs.append(await settled(read) - before)
    await house.happen(END)
    assert [seqs(one) for one in await asyncio.gather(*following)] == [[1, 2, 3, 4]] * SOCKETS
    assert costs[0] > 0
    assert costs == [costs[0]] * 3


async def settled(read: list[str]) -> int:
    """How much was read, once nothing more is for a moment."""
    quiet = asyncio.get_running_loop().time() + 0.2
    known = len(read)
    while asyncio.get_running_loop().time() < quiet:
        if len(read) != known:
            quiet, known = asyncio.get_running_loop().time() + 0.2, len(read)
        await asyncio.sleep(0.01)
    return known


async def test_each_document_shows_what_it_asks_for(house: House, member: Member):
    plain = [asyncio.create_task(house.follow_all(member)) for _ in range(3)]
    data = [asyncio.create_task(house.follow_all(member, DATA)) for _ in range(3)]
    await until(lambda: house.endpoint.open_streams == 6)
    await house.happen("step.finished", index=7)
    await house.happen(END)
    ended = {"seq": 2, "kind": END, "execution": {"status": "SUCCEEDED"}}
    for shown, last in await asyncio.gather(*plain):  # the status is that of when it is shown
        assert (shown["seq"], shown["kind"], last) == (1, "step.finished", ended)
        assert shown.keys() == ended.keys()
    raw = [{"seq": 1, "data": {"index": 7}}, {"seq": 2, "data": {}}]
    assert await asyncio.gather(*data) == [raw] * 3


async def test_a_client_that_stops_reading_is_closed_and_the_others_get_everything(
    house: House, member: Member
):
    events, words = 60, "x" * 200_000
    following = [asyncio.create_task(house.follow_all(member, DATA)) for _ in range(3)]
    async with house.socket(member, max_queue=1, compression=None) as slow:
        await house.follow(slow, text=DATA)
        await until(lambda: house.endpoint.open_streams == 4)
        slow.transport.pause_reading()
        for _ in range(events):
            await house.happen("step.finished", words=words)
        await until(lambda: house.endpoint.open_streams == 3)
        await house.happen(END)
        told = await asyncio.gather(*following)
        assert [seqs(one) for one in told] == [list(range(1, events + 2))] * 3
        slow.transport.resume_reading()
        heard, _ = await hear_end(slow)
        assert 0 < len(heard) < events


@pytest.mark.parametrize("how", ["complete", "close", "abort"])
async def test_nothing_is_left_when_all_have_left(house: House, member: Member, how: str):
    await house.happen("execution.started")

    async def stay(gone: asyncio.Event) -> None:
        async with house.socket(member) as socket:
            await house.follow(socket)
            await hear(socket)
            await gone.wait()
            if how == "complete":
                await say_to(socket, type="complete", id="1")
                await until(lambda: house.endpoint.open_streams == 0)
            elif how == "abort":
                socket.transport.abort()

    gone = asyncio.Event()
    staying = [asyncio.create_task(stay(gone)) for _ in range(SOCKETS)]
    await until(lambda: house.endpoint.open_streams == SOCKETS)
    assert house.endpoint.open_feeds == house.endpoint.watched_sign_ins == 1
    gone.set()
    await asyncio.gather(*staying)
    await house.nothing_left()


async def test_nothing_is_left_of_clients_that_vanish_while_much_happens(
    house: House, member: Member
):
    async def vanish(number: int) -> None:
        async with house.socket(member) as socket:
            await house.follow(socket)
            while (await hear(socket))["payload"]["data"]["executionEvents"]["seq"] < number:
                continue
            socket.transport.abort()

    async def tell() -> None:
        while True:
            await house.happen("step.finished")

    telling = asyncio.create_task(tell())
    try:
        async with asyncio.timeout(SECONDS):
            for _ in range(3):
                await asyncio.gather(*(vanish(5 + number % 7) for number in range(SOCKETS)))
        await house.nothing_left()
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def test_a_socket_and_an_event_stream_follow_together(house: House, member: Member):
    await house.happen("execution.started")
    streaming = [asyncio.create_task(house.stream_all(member)) for _ in range(2)]
    following = [asyncio.create_task(house.follow_all(member)) for _ in range(2)]
    await until(lambda: house.endpoint.open_streams == 4)
    assert house.endpoint.open_feeds == 1
    for _ in range(3):
        await house.happen("step.finished")
    await house.happen(END)
    told = await asyncio.gather(*streaming, *following)
    assert seqs(told[0]) == [1, 2, 3, 4, 5]
    assert told == [told[0]] * 4


@pytest.mark.parametrize("is_over", [False, True])
async def test_whoever_resumes_gets_exactly_the_rest(house: House, member: Member, is_over: bool):
    await house.happen(*["step.finished"] * 5, *([END] if is_over else []))
    resuming = [asyncio.create_task(house.follow_all(member, after=n)) for n in range(9)]
    if not is_over:
        await until(lambda: house.endpoint.open_streams == 9)
        await house.happen("step.finished")
        await house.happen(END)
    last = 6 if is_over else 7
    told = await asyncio.gather(*resuming)
    assert [seqs(one) for one in told] == [list(range(n + 1, last + 1)) for n in range(9)]


async def test_who_comes_back_at_once_with_the_last_number_misses_nothing(
    house: House, member: Member
):
    got: list[int] = []
    staying = asyncio.create_task(house.follow_all(member))
    await until(lambda: house.endpoint.open_streams == 1)
    for number in range(1, 21):
        async with house.socket(member) as socket:
            await house.follow(socket, after=len(got))
            await house.happen("step.finished")
            got.append((await hear(socket))["payload"]["data"]["executionEvents"]["seq"])
        assert got == list(range(1, number + 1))
    await house.happen(END)
    assert seqs(await staying) == list(range(1, 22))


async def test_an_id_can_be_used_again_as_soon_as_it_is_complete(house: House, member: Member):
    async with house.socket(member) as socket:
        await house.happen("execution.started")
        for _ in range(20):
            await house.follow(socket)
            assert (await hear(socket))["payload"]["data"]["executionEvents"]["seq"] == 1
            await say_to(socket, type="complete", id="1")
        await house.follow(socket)
        await house.happen(END)
        assert seqs((await hear_all(socket, ["1"]))["1"]) == [1, 2]
        await house.follow(socket)
        assert seqs((await hear_all(socket, ["1"]))["1"]) == [1, 2]


async def test_ten_operations_of_one_socket_each_get_everything(house: House, member: Member):
    names = [str(number) for number in range(10)]
    async with house.socket(member) as socket:
        await house.happen("execution.started")
        for number, name in enumerate(names):
            await house.follow(socket, name, DATA if number % 2 else FOLLOW)
        await until(lambda: house.endpoint.open_streams == 10)
        await house.happen("step.finished", "step.finished")
        await house.happen(END)
        told = await hear_all(socket, names)
    assert {name: seqs(one) for name, one in told.items()} == {name: [1, 2, 3, 4] for name in names}
