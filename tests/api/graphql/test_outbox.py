"""Messages leave a socket one after the other, and only so many may wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from starlette.websockets import WebSocketDisconnect

from api.graphql.bounds import Bounds
from api.graphql.outbox import Outbox

pytestmark = pytest.mark.unit

SECONDS = 5
SMALL = replace(Bounds(), waiting_bytes=100, send_seconds=60.0)


class Client:
    """Takes messages: some at once, some later, and then maybe none any more."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.got: list[str] = []
        self.error: Exception | None = None
        self.is_busy: Callable[[int], bool] = lambda _: False
        self.has_room = asyncio.Event()
        self.has_room.set()

    async def take(self, message: str) -> None:
        self.began.append(message)
        await self.has_room.wait()
        if self.is_busy(len(self.began)):
            await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.got.append(message)


class Owner:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.on_slow: Callable[[], object] = lambda: None

    def be_slow(self) -> None:
        self.told.append("slow")
        self.on_slow()

    def be_gone(self) -> None:
        self.told.append("gone")


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
async def impatient(client: Client, owner: Owner) -> AsyncIterator[Outbox]:
    """Takes a client for slow that takes nothing for a moment."""
    outbox = Outbox(client.take, replace(SMALL, send_seconds=0.05), owner)
    yield outbox
    await empty(client, outbox)


@pytest.fixture
async def outbox(client: Client, owner: Owner) -> AsyncIterator[Outbox]:
    """Takes no client for slow because time passes."""
    outbox = Outbox(client.take, SMALL, owner)
    yield outbox
    await empty(client, outbox)


async def empty(client: Client, outbox: Outbox) -> None:
    """Leave nothing behind."""
    client.has_room.set()
    await give_turns()
    outbox.close()
    await give_turns()


async def until(condition: Callable[[], object]) -> None:
    """Give others turns until something holds."""
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0)


async def give_turns() -> None:
    """Let others do whatever they can do."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_a_client_takes_at_once_leaves_at_once(client: Client, outbox: Outbox):
    before = asyncio.all_tasks()
    for number in range(5):
        outbox.post(str(number))
        assert client.got == [str(one) for one in range(number + 1)]
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("every", [1, 2, 3, 7])
async def test_the_order_is_kept_by_a_client_that_sometimes_waits(
    client: Client, owner: Owner, outbox: Outbox, every: int
):
    client.is_busy = lambda taken: taken % every == 0
    sent = [str(number) for number in range(60)]

    async def deliver_rest() -> None:
        for message in sent[40:]:
            await outbox.deliver(message)

    for number, message in enumerate(sent[:40]):
        outbox.post(message)
        if number % 5 == 0:
            await asyncio.sleep(0)
    await deliver_rest()
    assert (client.got, owner.told) == (sent, [])


async def test_no_message_begins_before_the_one_before_it_has_left(client: Client, outbox: Outbox):
    client.has_room.clear()
    for message in "abc":
        outbox.post(message)
    await give_turns()
    assert client.began == ["a"]
    client.has_room.set()
    await until(lambda: client.got == ["a", "b", "c"])


async def test_as_much_may_wait_as_is_allowed(client: Client, owner: Owner, outbox: Outbox):
    client.has_room.clear()
    outbox.post("first")
    for _ in range(10):
        outbox.post("x" * 10)
    await give_turns()
    assert owner.told == []
    client.has_room.set()
    await until(lambda: len(client.got) == 11)
    client.has_room.clear()
    for _ in range(11):
        outbox.post("y" * 10)
    assert owner.told == []


async def test_too_much_that_waits_is_told_once(client: Client, owner: Owner, outbox: Outbox):
    client.has_room.clear()
    outbox.post("first")
    for _ in range(20):
        outbox.post("x" * 10)
    assert owner.told == ["slow"]


async def test_what_waits_is_counted_in_bytes(client: Client, owner: Owner, outbox: Outbox):
    client.has_room.clear()
    outbox.post("first")
    outbox.post("ä" * 51)
    assert owner.told == ["slow"]


async def test_what_is_delivered_has_left(client: Client, outbox: Outbox):
    client.has_room.clear()
    outbox.post("first")
    delivering = asyncio.create_task(outbox.deliver("second"))
    await give_turns()
    assert not delivering.done()
    client.has_room.set()
    await delivering
    assert client.got == ["first", "second"]


async def test_what_is_delivered_need_not_wait_for_what_comes_after_it(
    client: Client, owner: Owner, impatient: Outbox
):
    """A socket on which much happens is not a slow one."""
    client.is_busy = lambda _: True
    impatient.post("first")
    delivering = asyncio.create_task(impatient.deliver("mine"))
    posted = 2
    async with asyncio.timeout(SECONDS):
        while not delivering.done():
            if posted - len(client.got) < 3:
                impatient.post("more")
                posted += 1
            await asyncio.sleep(0)
    assert "mine" in client.got
    assert owner.told == []


async def test_many_can_deliver_at_the_same_time(client: Client, owner: Owner, outbox: Outbox):
    client.is_busy = lambda taken: taken % 3 == 0

    async def deliver_all(name: str) -> None:
        for number in range(10):
            await outbox.deliver(f"{name}{number}")
            assert f"{name}{number}" in client.got

    async with asyncio.timeout(SECONDS):
        await asyncio.gather(*(deliver_all(name) for name in "abcde"))
    assert owner.told == []
    for name in "abcde":
        assert [one for one in client.got if one[0] == name] == [f"{name}{n}" for n in range(10)]


async def test_a_delivery_that_takes_too_long_is_told_and_returns(
    client: Client, owner: Owner, impatient: Outbox
):
    client.has_room.clear()
    async with asyncio.timeout(SECONDS):
        await impatient.deliver("never")
    assert (owner.told, client.got) == (["slow"], [])


@pytest.mark.parametrize("is_busy", [False, True])
@pytest.mark.parametrize("how", ["post", "deliver"])
@pytest.mark.parametrize(
    "error",
    [OSError(), WebSocketDisconnect(1006), RuntimeError()],
    ids=lambda one: type(one).__name__,
)
async def test_a_client_that_has_left_is_told_of(
    client: Client, owner: Owner, outbox: Outbox, error: Exception, how: str, is_busy: bool
):
    client.error, client.is_busy = error, lambda _: is_busy
    if how == "post":
        outbox.post("lost")
    else:
        async with asyncio.timeout(SECONDS):
            await outbox.deliver("lost")
    await until(lambda: owner.told)
    assert owner.told == ["gone"]


async def test_nothing_of_what_waits_is_sent_once_it_is_closed(client: Client, outbox: Outbox):
    client.has_room.clear()
    for message in "abc":
        outbox.post(message)
    await give_turns()
    outbox.close()
    client.has_room.set()
    await give_turns()
    assert client.got == []


async def test_nothing_that_comes_later_is_sent_once_it_is_closed(client: Client, outbox: Outbox):
    outbox.post("before")
    outbox.close()
    outbox.post("after")
    async with asyncio.timeout(SECONDS):
        await outbox.deliver("after that")
    await give_turns()
    assert client.began == ["before"]


async def test_who_has_left_is_not_told_of_once_it_is_closed(
    client: Client, owner: Owner, outbox: Outbox
):
    outbox.close()
    client.error = OSError()
    outbox.post("after")
    assert owner.told == []


@pytest.mark.parametrize("turns", [0, 1])
async def test_who_delivers_goes_on_when_it_is_closed(client: Client, outbox: Outbox, turns: int):
    client.has_room.clear()
    delivering = asyncio.create_task(outbox.deliver("never"))
    await until(lambda: client.began)
    for _ in range(turns):
        await asyncio.sleep(0)
    outbox.close()
    async with asyncio.timeout(SECONDS):
        await delivering
    assert client.got == []


async def test_messages_out_of_what_a_slow_client_is_told_are_harmless(
    client: Client, owner: Owner, outbox: Outbox
):
    def say_more() -> None:
        if len(owner.told) < 50:
            outbox.post("why")

    owner.on_slow = say_more
    client.has_room.clear()
    outbox.post("first")
    outbox.post("x" * 101)
    outbox.close()
    client.has_room.set()
    await give_turns()
    assert owner.told
    assert client.got == []


async def test_it_may_be_closed_out_of_what_a_slow_client_is_told(
    client: Client, owner: Owner, outbox: Outbox
):
    owner.on_slow = outbox.close
    client.has_room.clear()
    outbox.post("first")
    outbox.post("x" * 101)
    client.has_room.set()
    await give_turns()
    assert client.got == []


async def test_an_error_nobody_expects_changes_no_order(client: Client, outbox: Outbox):
    client.is_busy = lambda _: True
    client.error = ZeroDivisionError()
    for message in "abc":
        outbox.post(message)
    await give_turns()
    client.error = None
    outbox.post("d")
    await give_turns()
    assert client.got == sorted(client.got)
