"""One address for everybody: the client's own, which only proxies that are trusted may tell."""

from collections.abc import Awaitable, Iterable, Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.shared.addresses import Address, Network, is_within, parse_address, parse_networks

SCHEMES = frozenset({"http", "https", "ws", "wss"})


class ClientAddress:
    """Puts the client's address and scheme into the scope, where everything else reads them.

    uvicorn's own middleware is not used: it takes any word for an address, and does not recognise
    a proxy whose IPv4 address arrives on an IPv6 socket.

    Args:
        trusted: Addresses and networks of proxies.
    """

    def __init__(self, app: ASGIApp, *, trusted: Iterable[str]) -> None:
        self.app = app
        self._trusted = parse_networks(trusted)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass requests and sockets on."""
        host, port = scope.get("client") or ("", 0)
        peer = parse_address(host)
        if scope["type"] in ("http", "websocket") and peer is not None:
            scope["client"] = (str(peer), port)
            if is_within(peer, self._trusted):
                self._believe(scope, peer)
        return self.app(scope, receive, send)

    def _believe(self, scope: Scope, peer: Address) -> None:
        headers = Headers(scope=scope)
        found = find_client(peer, headers.getlist("x-forwarded-for"), self._trusted)
        if found != peer:
            scope["client"] = (str(found), 0)
        told = headers.getlist("x-forwarded-proto")
        scheme = told[-1].rpartition(",")[2].strip().lower() if told else ""
        if scheme in SCHEMES:
            is_safe = scheme in ("https", "wss")
            plain = "ws" if scope["type"] == "websocket" else "http"
            scope["scheme"] = plain + "s" * is_safe


def find_client(peer: Address, forwarded: Sequence[str], trusted: Sequence[Network]) -> Address:
    """Who stands behind the last proxy that is trusted.

    Every proxy appends the address that it saw, so what is on the right was written by ours, and
    whatever stands left of the first stranger could be anybody's invention.

    Args:
        peer: The proxy that connected.
        forwarded: The values of X-Forwarded-For, which is one list however many headers it takes.
        trusted: Proxies.
    """
    client = peer
    for hop in reversed(",".join(forwarded).split(",")):
        address = parse_hop(hop)
        if address is None:
            break
        client = address
        if not is_within(address, trusted):
            break
    return client


def parse_hop(hop: str) -> Address | None:
    """`192.0.2.1`, `192.0.2.1:80`, `2001:db8::1` or `[2001:db8::1]:80`; None for anything else."""
    text = hop.strip()
    if text.startswith("["):
        return parse_address(text[1:].partition("]")[0])
    if text.count(":") == 1:
        text = text.partition(":")[0]
    return parse_address(text)
