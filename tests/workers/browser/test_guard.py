"""The network guard, spoken to as a browser would, in front of real listeners."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from domain.shared.hosts import Address, AllowedHosts
from workers.browser.guard import NetworkGuard

pytestmark = pytest.mark.integration

DONE, FORBIDDEN, UNREACHABLE, REFUSED, UNSUPPORTED = 0, 2, 4, 5, 7


@dataclass
class Listener:
    """Echoes in upper case, and counts who came."""

    address: str
    connections: int = 0
    port: int = 0
    server: asyncio.Server = field(init=False)
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, port: int = 0) -> "Listener":
        self.server = await asyncio.start_server(self._serve, self.address, port)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        self.server.close()
        await self.server.wait_closed()
        await asyncio.gather(*self.serving)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.add(asyncio.create_task(self._echo(reader, writer)))

    async def _echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data.upper())
                await writer.drain()
        await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


class Names:
    """A name server whose answers the test decides."""

    def __init__(self, **answers: list[str]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, name: str) -> list[Address]:
        self.asked.append(name)
        if name not in self.answers:
            raise OSError("no such name")
        return [ipaddress.ip_address(text) for text in self.answers[name]]


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = await Listener("127.0.0.1").start()
    yield listener
    await listener.stop()


@pytest.fixture
def names() -> Names:
    return Names(rebound=["127.0.0.1"], mixed=["127.0.0.1", "127.0.0.2"])


@pytest.fixture
async def guard(names: Names) -> AsyncIterator[NetworkGuard]:
    guard = NetworkGuard(names)
    await guard.start()
    yield guard
    await guard.stop()


@asynccontextmanager
async def dial(
    guard: NetworkGuard, host: str, port: int, command: int = 1
) -> AsyncIterator[tuple[int, asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", guard.port)
    name = host.encode()
    request = bytes((5, command, 0, 3, len(name))) + name + port.to_bytes(2, "big")
    writer.write(b"\x05\x01\x00" + request)
    assert await reader.readexactly(2) == b"\x05\x00"
    reply = await reader.readexactly(10)
    yield reply[1], reader, writer
    await hang_up(writer)


async def test_an_allowed_host_is_reached_and_bytes_pass_both_ways(
    guard: NetworkGuard, listener: Listener
) -> None:
    guard.arm(AllowedHosts.parse([f"127.0.0.1:{listener.port}"]))
    async with dial(guard, "127.0.0.1", listener.port) as (code, reader, writer):
        assert code == DONE
        payload = b"a" * 3_000_000
        writer.write(payload)
        assert await reader.readexactly(len(payload)) == payload.upper()
        writer.write_eof()
        assert await reader.read() == b""
    assert guard.refusals == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "localhost", "[::ffff:127.0.0.1]"])
async def test_a_host_that_is_not_listed_is_never_contacted(
    guard: NetworkGuard, listener: Listener, host: str
) -> None:
    guard.arm(AllowedHosts.parse(["127.0.0.2", "example.com"]))
    async with dial(guard, host, listener.port) as (code, _, _):
        assert code == FORBIDDEN
    assert listener.connections == 0
    (refusal,) = guard.refusals
    assert "is not allowed in this workspace" in refusal.reason
    assert guard.find_refusal(host, listener.port) == refusal


async def test_nothing_is_allowed_before_arming_and_after_disarming(
    guard: NetworkGuard, listener: Listener
) -> None:
    async with dial(guard, "127.0.0.1", listener.port) as (code, _, _):
        assert code == FORBIDDEN
    guard.arm(AllowedHosts.parse(["127.0.0.1"]))
    async with dial(guard, "127.0.0.1", listener.port) as (code, reader, _):
        assert code == DONE
        guard.disarm()
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
    async with dial(guard, "127.0.0.1", listener.port) as (code, _, _):
        assert code == FORBIDDEN


async def test_case_57_a_name_that_is_rebound_to_an_inner_address_opens_nothing(
    guard: NetworkGuard, listener: Listener, names: Names
) -> None:
    guard.arm(AllowedHosts.parse(["rebound"]))
    async with dial(guard, "rebound", listener.port) as (code, _, _):
        assert code == FORBIDDEN
    assert listener.connections == 0
    assert "it resolves to 127.0.0.1" in guard.refusals[0].reason
    assert names.asked == ["rebound"]


async def test_a_name_is_looked_up_once_and_only_judged_addresses_are_used(
    guard: NetworkGuard, listener: Listener, names: Names
) -> None:
    second = await Listener("127.0.0.2").start(listener.port)
    guard.arm(AllowedHosts.parse(["mixed", "127.0.0.2"]))
    for _ in range(2):
        async with dial(guard, "mixed", listener.port) as (code, reader, writer):
            assert code == DONE
            writer.write(b"a")
            assert await reader.readexactly(1) == b"A"
        names.answers["mixed"] = ["127.0.0.1"]
    await second.stop()
    assert (listener.connections, second.connections) == (0, 2)
    assert names.asked == ["mixed"]


async def test_a_run_that_ends_during_the_look_up_is_owed_no_connection(
    guard: NetworkGuard, names: Names
) -> None:
    guard.arm(AllowedHosts.parse(["mixed", "127.0.0.0/8"]))
    asked = asyncio.Event()
    answer = asyncio.Event()

    async def slow(name: str) -> list[Address]:
        asked.set()
        await answer.wait()
        return await names(name)

    guard._resolve = slow
    judging = asyncio.create_task(guard.judge("mixed", 80))
    await asked.wait()
    guard.arm(AllowedHosts.parse(["other"]))
    answer.set()
    assert await judging == []


async def test_unknown_names_closed_ports_and_other_commands_have_their_own_answers(
    guard: NetworkGuard,
) -> None:
    closed = await Listener("127.0.0.1").start()
    await closed.stop()
    guard.arm(AllowedHosts.parse(["nowhere", "127.0.0.1"]))
    answers = []
    for host, command in (("nowhere", 1), ("127.0.0.1", 1), ("127.0.0.1", 2), ("127.0.0.1", 3)):
        async with dial(guard, host, closed.port, command) as (code, _, _):
            answers.append(code)
    assert answers == [UNREACHABLE, REFUSED, UNSUPPORTED, UNSUPPORTED]


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x04\x01", b"\x00" * 50])
async def test_what_is_not_socks_is_cut_off(guard: NetworkGuard, garbage: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", guard.port)
    writer.write(garbage)
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    await hang_up(writer)


async def test_an_ipv6_listener_is_reached_when_listed(guard: NetworkGuard) -> None:
    listener = await Listener("::1").start()
    guard.arm(AllowedHosts.parse([f"[::1]:{listener.port}"]))
    async with dial(guard, "::1", listener.port) as (code, reader, writer):
        writer.write(b"six")
        assert (code, await reader.readexactly(3)) == (DONE, b"SIX")
    await listener.stop()
