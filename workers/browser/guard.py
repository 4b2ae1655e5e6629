"""The only way out of a browser: a SOCKS proxy that connects to allowed hosts and nothing else.

Chromium is started so that it resolves no name and opens no connection by itself. Every socket it
wants, of whatever kind of request, is asked for here by host name. The name is looked up once, the
addresses are judged, and the connection goes to a judged address, so a name that changes its
records in between (DNS rebinding) gains nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, cast

from domain.shared.hosts import (
    Address,
    AllowedHosts,
    is_local_name,
    normalise_host,
    parse_address,
)

Resolve = Callable[[str], Awaitable[list[Address]]]

_HANDSHAKE_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 10.0
_MOST_CONNECTIONS: Final = 512
_MOST_REFUSALS: Final = 1000
_VERSION: Final = 5
_CONNECT: Final = 1
_NOBODY: Final = AllowedHosts(())
_LOOPBACK: Final[list[Address]] = [
    ipaddress.IPv4Address("127.0.0.1"),
    ipaddress.IPv6Address("::1"),
]


class _Reply:
    """Reply codes of RFC 1928."""

    DONE = 0
    FORBIDDEN = 2
    HOST_UNREACHABLE = 4
    CONNECTION_REFUSED = 5
    COMMAND_UNSUPPORTED = 7


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection that was not made, and the sentence that says why."""

    host: str
    port: int
    reason: str


async def resolve_by_system(name: str) -> list[Address]:
    """Addresses of a name, as this machine resolves it.

    Raises:
        OSError: The name has none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    unique = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return [ipaddress.ip_address(text) for text in unique]


class NetworkGuard:
    """Listens on a loopback port; refuses everything until it is armed with a list."""

    def __init__(self, resolve: Resolve = resolve_by_system) -> None:
        self._resolve = resolve
        self._allowed = _NOBODY
        self._refusals: list[Refusal] = []
        self._unreachable: dict[tuple[str, int], str] = {}
        self._addresses: dict[str, list[Address]] = {}
        self._tunnels: set[_Tunnel] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The loopback port that the browser is told to use."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What was refused since the guard was armed, at most a thousand entries."""
        return tuple(self._refusals)

    async def start(self) -> None:
        """Start to listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Tunnel(self), "127.0.0.1", 0)

    async def stop(self) -> None:
        """Close the port and every connection."""
        self.disarm()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def arm(self, allowed: AllowedHosts) -> None:
        """Let one run reach these hosts; forget what an earlier run did."""
        self.disarm()
        self._allowed = allowed
        self._refusals = []
        self._unreachable = {}
        self._addresses = {}

    def disarm(self) -> None:
        """Allow nothing any more and cut the connections that are open."""
        self._allowed = _NOBODY
        for tunnel in tuple(self._tunnels):
            tunnel.abort()

    def find_refusal(self, host: str, port: int) -> Refusal | None:
        """The latest refusal of this host and port, if there was one."""
        name = normalise_host(host) or host
        for refusal in reversed(self._refusals):
            if refusal.host == name and refusal.port == port:
                return refusal
        return None

    def find_problem(self, host: str, port: int) -> str | None:
        """Why this host was not reached, when it is known."""
        refusal = self.find_refusal(host, port)
        if refusal is not None:
            return refusal.reason
        return self._unreachable.get((normalise_host(host) or host, port))

    def report_unreachable(self, host: str, port: int, reason: str) -> None:
        """Remember why an allowed host could not be reached."""
        if len(self._unreachable) < _MOST_REFUSALS:
            self._unreachable[normalise_host(host) or host, port] = reason

    def refuse(self, host: str, port: int, reason: str) -> None:
        """Remember a refusal."""
        if len(self._refusals) < _MOST_REFUSALS:
            self._refusals.append(Refusal(normalise_host(host) or host, port, reason))

    async def judge(self, host: str, port: int) -> list[Address]:
        """The addresses a connection to this host may go to; none when it is refused.

        Raises:
            OSError: The name cannot be resolved.
        """
        allowed = self._allowed
        reason = allowed.refuse_host(host, port)
        if reason is not None:
            self.refuse(host, port, reason)
            return []
        addresses = await self._look_up(normalise_host(host) or host)
        reasons = [allowed.refuse_address(host, port, address) for address in addresses]
        good = [a for a, why in zip(addresses, reasons, strict=True) if why is None]
        if not good and reasons and reasons[0] is not None:
            self.refuse(host, port, reasons[0])
        # A run that ended while its name was looked up is owed no connection.
        return good if self._allowed is allowed else []

    def admit(self, tunnel: "_Tunnel") -> bool:
        """Count a new connection; ``False`` when there are too many."""
        if len(self._tunnels) >= _MOST_CONNECTIONS:
            return False
        self._tunnels.add(tunnel)
        return True

    def forget(self, tunnel: "_Tunnel") -> None:
        """A connection is closed."""
        self._tunnels.discard(tunnel)

    async def _look_up(self, name: str) -> list[Address]:
        address = parse_address(name)
        if address is not None:
            return [address]
        if is_local_name(name):
            return _LOOPBACK
        known = self._addresses.get(name)
        if known is None:
            known = await asyncio.wait_for(self._resolve(name), _CONNECT_SECONDS)
            self._addresses[name] = known
        return known


class _Pipe(asyncio.Protocol):
    """One end of a tunnel: what arrives here leaves at the other end."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: _Pipe | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def join(self, other: "_Pipe") -> None:
        """Start to pass on to the other end, and to read what waited until now."""
        self.other = other
        if self.transport is not None:
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """Pass the end on; keep the way back open until it ends as well."""
        self.ended = True
        if self.other is None or self.other.transport is None or self.other.ended:
            return False
        self.other.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.transport = None
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()


class _Upstream(_Pipe):
    """The host's end of a tunnel: silent until it is joined, so that no byte comes too early."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.transport is not None:
            self.transport.pause_reading()


class _Tunnel(_Pipe):
    """The browser's end of a tunnel: speaks SOCKS 5 first, then passes bytes on."""

    def __init__(self, guard: NetworkGuard) -> None:
        super().__init__()
        self._guard = guard
        self._buffer = bytearray()
        self._greeted = False
        self._connecting: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if not self._guard.admit(self):
            transport.close()
            return
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(_HANDSHAKE_SECONDS, self.abort)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            super().data_received(data)
            return
        self._buffer += data
        if self._connecting is None:
            self._read_handshake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._guard.forget(self)
        self._cancel_deadline()
        if self._connecting is not None:
            self._connecting.cancel()
        super().connection_lost(exc)

    def abort(self) -> None:
        """Cut both ends at once."""
        for end in (self.transport, self.other.transport if self.other else None):
            if end is not None:
                end.abort()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    def _read_handshake(self) -> None:
        buffer = self._buffer
        if buffer and buffer[0] != _VERSION:
            self.abort()
            return
        if not self._greeted:
            if len(buffer) < 2 or len(buffer) < 2 + buffer[1]:
                return
            del buffer[: 2 + buffer[1]]
            self._greeted = True
            self._send(bytes((_VERSION, 0)))
        request = _read_request(buffer)
        if request is None:
            return
        command, host, port = request
        self._cancel_deadline()
        if command != _CONNECT or not host:
            self._fail(_Reply.COMMAND_UNSUPPORTED)
            return
        self._connecting = asyncio.create_task(self._connect(host, port))

    async def _connect(self, host: str, port: int) -> None:
        try:
            addresses = await self._guard.judge(host, port)
        except (OSError, TimeoutError):
            self._guard.report_unreachable(host, port, f"the name {host} cannot be resolved")
            self._fail(_Reply.HOST_UNREACHABLE)
            return
        if not addresses:
            self._fail(_Reply.FORBIDDEN)
            return
        upstream = await _connect_to_first(addresses, port)
        if upstream is None:
            self._guard.report_unreachable(host, port, f"nothing answers at {host} port {port}")
            self._fail(_Reply.CONNECTION_REFUSED)
            return
        if self.transport is None:
            if upstream.transport is not None:
                upstream.transport.abort()
            return
        self._send(bytes((_VERSION, _Reply.DONE, 0, 1, 0, 0, 0, 0, 0, 0)))
        upstream.join(self)
        self.join(upstream)
        if self._buffer and upstream.transport is not None:
            upstream.transport.write(bytes(self._buffer))
            self._buffer.clear()

    def _send(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def _fail(self, code: int) -> None:
        self._send(bytes((_VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0)))
        if self.transport is not None:
            self.transport.close()


def _read_request(buffer: bytearray) -> tuple[int, str, int] | None:
    """Command, host and port of a complete request; ``None`` while bytes are missing."""
    if len(buffer) < 5:
        return None
    kind = buffer[3]
    start, length = {1: (4, 4), 3: (5, buffer[4]), 4: (4, 16)}.get(kind, (4, 0))
    end = start + length
    if len(buffer) < end + 2:
        return None
    raw = bytes(buffer[start:end])
    port = int.from_bytes(buffer[end : end + 2], "big")
    command = buffer[1]
    del buffer[: end + 2]
    if kind == 3:
        return command, raw.decode("latin-1"), port
    return command, str(ipaddress.ip_address(raw)) if raw else "", port


async def _connect_to_first(addresses: list[Address], port: int) -> _Upstream | None:
    """A connection to the first address that answers."""
    loop = asyncio.get_running_loop()
    for address in addresses:
        connecting = loop.create_connection(_Upstream, str(address), port)
        try:
            _, upstream = await asyncio.wait_for(connecting, _CONNECT_SECONDS)
        except (OSError, TimeoutError):
            continue
        return upstream
    return None
