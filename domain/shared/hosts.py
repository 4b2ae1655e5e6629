"""Which hosts a browser test may reach: the list of its workspace, and no address inside."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_ENTRY_LENGTH: Final = 260
_USUAL_PORTS: Final = frozenset({80, 443})

_LABEL: Final = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")
_NUMBER: Final = re.compile(r"^(?:0x[0-9a-f]*|[0-9]+)$")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class InvalidHostError(ValueError):
    """An entry of the list that names no host."""


@dataclass(frozen=True, slots=True)
class HostEntry:
    """One line of the list: a name, a name below a domain, or a network; with a port or any."""

    text: str
    name: str = ""
    below: str = ""
    network: Network | None = None
    port: int | None = None

    def covers_name(self, name: str, port: int) -> bool:
        """Whether a normalised host name is meant."""
        if self.port not in (None, port):
            return False
        return name == self.name if self.name else bool(self.below) and name.endswith(self.below)

    def covers_address(self, address: Address, port: int) -> bool:
        """Whether an address is meant; a name never covers one."""
        if self.network is None or self.port not in (None, port):
            return False
        return address.version == self.network.version and address in self.network


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The list of a workspace.

    A name that is listed reaches public addresses only, so that a name whose records change
    (DNS rebinding) opens nothing inside. A private address is reached when it is itself listed,
    alone or as a network; ``localhost`` in the list stands for the loopback addresses.
    """

    entries: tuple[HostEntry, ...]

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """Read ``host``, ``host:port``, ``*.domain``, ``10.0.0.5``, ``[::1]:80``, ``10.0.0.0/8``.

        Raises:
            InvalidHostError: An entry is none of these.
        """
        return cls(tuple(parse_host_entry(entry) for entry in entries))

    def refuse_host(self, host: str, port: int) -> str | None:
        """Why this host may not be contacted at all, before any name is looked up."""
        name = normalise_host(host)
        if name is None:
            return _sentence(host, "it is not a host name")
        address = parse_address(name)
        if address is not None:
            return self._refuse_literal(name, address, port)
        if any(entry.covers_name(name, port) for entry in self.entries):
            return None
        return _sentence(_with_port(name, port, self.entries), "")

    def refuse_address(self, host: str, port: int, address: Address) -> str | None:
        """Why a connection for ``host`` may not go to the address its name resolved to."""
        name = normalise_host(host) or ""
        plain = unwrap_address(address)
        if any(entry.covers_address(plain, port) for entry in self.entries):
            return None
        if is_public(plain):
            return None
        if is_local_name(name) and plain.is_loopback:
            return None
        return _sentence(
            name, f"it resolves to {plain}, which is not a public address and is not listed"
        )

    def _refuse_literal(self, name: str, address: Address, port: int) -> str | None:
        plain = unwrap_address(address)
        if any(entry.covers_address(plain, port) for entry in self.entries):
            return None
        local = plain.is_loopback and any(
            entry.name == "localhost" and entry.port in (None, port) for entry in self.entries
        )
        return None if local else _sentence(_with_port(name, port, self.entries), "")


def parse_host_entry(entry: str) -> HostEntry:
    """Read one line of the list; its `text` is the one way in which it is stored and shown.

    Raises:
        InvalidHostError: It is none of the forms that `AllowedHosts.parse` names.
    """
    text = entry.strip().lower()
    if len(text) > MAX_ENTRY_LENGTH or "%" in text:
        raise InvalidHostError(f'"{entry[:80]}" is not a host name')
    if "/" in text:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise InvalidHostError(f'"{entry}" is not a network such as 10.0.0.0/8') from None
        return HostEntry(text=str(network), network=network)
    host, port = _split_port(entry, text)
    if host.startswith("*."):
        name = normalise_host(host[2:])
        if name is None or "." not in name or parse_address(name) is not None:
            raise InvalidHostError(f'"{entry}" is not a domain such as *.example.com')
        return HostEntry(text=_write(f"*.{name}", port), below=f".{name}", port=port)
    name = normalise_host(host)
    if name is None:
        raise InvalidHostError(f'"{entry}" is not a host name')
    address = parse_address(name)
    if address is None:
        return HostEntry(text=_write(name, port), name=name, port=port)
    plain = unwrap_address(address)
    network = ipaddress.ip_network(plain)
    return HostEntry(text=_write(str(plain), port), network=network, port=port)


def normalise_host(host: str) -> str | None:
    """Lower case, punycode, no trailing dot, no brackets; ``None`` when it cannot be a host."""
    text = host.strip().lower().removesuffix(".")
    if text.startswith("[") and text.endswith("]"):
        return text[1:-1] if ":" in text and parse_address(text[1:-1]) is not None else None
    if parse_address(text) is not None:
        return text
    try:
        ascii_name = text.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    valid = len(ascii_name) <= 253 and all(_LABEL.match(part) for part in ascii_name.split("."))
    return ascii_name if valid else None


def parse_address(text: str) -> Address | None:
    """An address however it is written: dotted, decimal, octal, hexadecimal, short, IPv6."""
    bare = text.partition("%")[0]
    if ":" in bare:
        try:
            return ipaddress.IPv6Address(bare)
        except ValueError:
            return None
    parts = bare.split(".")
    if len(parts) > 4 or not all(_NUMBER.match(part) for part in parts):
        return None
    try:
        numbers = [_read_number(part) for part in parts]
    except ValueError:
        return None
    *leading, last = numbers
    if any(number > 255 for number in leading) or last >= 256 ** (5 - len(numbers)):
        return None
    value = sum(number << (24 - 8 * index) for index, number in enumerate(leading)) + last
    return ipaddress.IPv4Address(value)


def unwrap_address(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, NAT64, 6to4), or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet and to one machine there."""
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special


def is_local_name(name: str) -> bool:
    """Whether a name stands for this machine by definition (RFC 6761)."""
    return name == "localhost" or name.endswith(".localhost")


def _split_port(entry: str, text: str) -> tuple[str, int | None]:
    if text.count(":") > 1 and not text.startswith("["):
        return text, None
    host, colon, port = text.rpartition(":")
    if not colon or host.startswith("[") != host.endswith("]"):
        return text, None
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise InvalidHostError(f'"{entry}" has no port from 1 to 65535')
    return host, int(port)


def _write(host: str, port: int | None) -> str:
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _read_number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and part != "0" else int(part)


def _with_port(name: str, port: int, entries: tuple[HostEntry, ...]) -> str:
    """Say the port where it is not the usual one, or the list allows this host on another one."""
    written = _write(name, port)
    if port not in _USUAL_PORTS:
        return written
    address = parse_address(name)
    plain = None if address is None else unwrap_address(address)
    for entry in entries:
        other = entry.port or port
        if other != port and (
            entry.covers_name(name, other)
            or (plain is not None and entry.covers_address(plain, other))
        ):
            return written
    return name


def _sentence(host: str, reason: str) -> str:
    told = reason or f"add it to the allowed hosts, or run metamorph workspace allow-host {host}"
    return f"host {host} is not allowed in this workspace: {told}"
