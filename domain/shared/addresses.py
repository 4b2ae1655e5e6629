"""Client addresses: who is behind one, and which proxies may say so for others."""

import functools
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
CUSTOMER_PREFIX = 64
"""The smallest network that one IPv6 customer gets (RFC 6177): its 2^64 addresses are one place."""
SITE_PREFIX = 48
"""The largest that one gets without asking for more: it holds 65,536 of the smallest."""
MOST_REMEMBERED = 5_000
"""Addresses of clients that are not taken apart again at each of their requests."""
SITE_SHARE = 8
"""How many times what one of the smallest networks may do a whole site may do."""


@functools.lru_cache(MOST_REMEMBERED)
def parse_address(text: str) -> Address | None:
    """An address, without what only its own machine understands, or None for anything else."""
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def network_of(text: str) -> str:
    """What counts as one place: an IPv4 address, an IPv6 network, or the text as it is."""
    address = parse_address(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, CUSTOMER_PREFIX), strict=False))
    return text if address is None else str(address)


@functools.lru_cache(MOST_REMEMBERED)
def places_of(text: str) -> tuple[tuple[str, int], ...]:
    """The places that an address is counted in, each with how many times the allowance it has.

    That is `network_of` the address; with IPv6 the site around it too, or whoever has a whole one
    would have 65,536 allowances.
    """
    address = parse_address(text)
    own = (network_of(text), 1)
    if isinstance(address, IPv6Address):
        return own, (str(ip_network((address, SITE_PREFIX), strict=False)), SITE_SHARE)
    return (own,)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks, as an operator writes them.

    Raises:
        ValueError: one of them is neither.
    """
    return tuple(ip_network(text.strip()) for text in texts)


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks."""
    return any(address in network for network in networks)
