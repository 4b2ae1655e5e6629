"""Who is behind a request: the connection says it, or a proxy that an operator trusts."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from api.middleware.proxies import ClientAddress
from domain.accounts.attempts import LOGIN_PAIR
from domain.shared.settings import Settings
from tests.factories.accounts import make_admin, make_authority
from tests.fixtures.database import Databases
from tests.support.plain import NOBODY
from tests.support.serving import LiveApi, serve_api

OURS = ("10.0.0.0/8", "192.0.2.7", "2001:db8::/32")
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"


async def see(
    peer: str | None, *forwarded: str, kind: str = "http", proto: str = ""
) -> tuple[str, str]:
    """Address and scheme as everything behind the middleware sees them."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def nothing(_: Message | None = None) -> Message:
        return {}

    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    if proto:
        headers.append((b"x-forwarded-proto", proto.encode()))
    scope = {
        "type": kind,
        "scheme": "ws" if kind == "websocket" else "http",
        "client": (peer, 40000) if peer is not None else None,
        "headers": headers,
    }
    await ClientAddress(app, trusted=OURS)(scope, nothing, nothing)
    client = seen[0]["client"]
    return (client[0] if client else ""), seen[0]["scheme"]


@pytest.mark.unit
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.1", [], "198.51.100.1"),
        ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", ["1.1.1.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
        ("10.1.2.3", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("10.1.2.3", ["203.0.113.9", "10.9.9.9"], "203.0.113.9"),
        ("10.1.2.3", ["10.7.7.7, 10.9.9.9"], "10.7.7.7"),
        ("10.1.2.3", ["203.0.113.9:5123"], "203.0.113.9"),
        ("10.1.2.3", ["[2001:db9::1]:5123"], "2001:db9::1"),
        ("10.1.2.3", ["2001:DB9:0::1"], "2001:db9::1"),
        ("10.1.2.3", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.1.2.3", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
        ("2001:db8::5", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.7", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.8", ["203.0.113.9"], "192.0.2.8"),
        ("10.1.2.3", [""], "10.1.2.3"),
        ("10.1.2.3", ["unknown"], "10.1.2.3"),
        ("10.1.2.3", ["1.1.1.1, evil\x85, 10.9.9.9"], "10.9.9.9"),
        ("10.1.2.3", ["1.1.1.1,"], "10.1.2.3"),
        ("10.1.2.3", ["," * 5000], "10.1.2.3"),
        (None, ["203.0.113.9"], ""),
    ],
)
async def test_the_client_is_the_last_one_whom_ours_have_seen(
    kind: str, peer: str | None, forwarded: list[str], client: str
):
    assert (await see(peer, *forwarded, kind=kind))[0] == client


@pytest.mark.unit
@pytest.mark.parametrize(
    ("peer", "kind", "proto", "scheme"),
    [
        ("10.1.2.3", "http", "https", "https"),
        ("10.1.2.3", "websocket", "https", "wss"),
        ("10.1.2.3", "http", "http, https", "https"),
        ("10.1.2.3", "http", "gopher", "http"),
        ("198.51.100.1", "http", "https", "http"),
    ],
)
async def test_the_scheme_is_believed_like_the_address(
    peer: str, kind: str, proto: str, scheme: str
):
    assert (await see(peer, kind=kind, proto=proto))[1] == scheme


@pytest.mark.unit
@pytest.mark.parametrize("words", ["proxy.internal", "10.0.0.1/8", "*", "10.0.0.0/33"])
def test_what_is_no_network_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch, words: str):
    monkeypatch.setenv("METAMORPH_TRUSTED_PROXIES", words)
    with pytest.raises(ValidationError):
        Settings()


def guess(api: LiveApi, email: str, forwarded: str) -> int:
    """The status of one wrong password."""
    given = {"email": email, "password": "wrong horse battery staple"}
    answer = httpx.post(
        f"{api.url}/graphql",
        json={"query": LOGIN, "variables": {"input": given}},
        headers={"X-Forwarded-For": forwarded, "Forwarded": f"for={forwarded}"},
        timeout=30,
        verify=NOBODY,
    )
    return answer.status_code


@pytest.fixture
async def account(databases: Databases, tmp_path: Path) -> str:
    """The address of mail of somebody with a password."""
    return (await make_admin(databases.app, make_authority(tmp_path / "keys"))).email


@pytest.fixture(params=["", "127.0.0.1"], ids=["nobody trusted", "this machine trusted"])
def live(
    request: pytest.FixtureRequest, databases: Databases, redis_url: str, tmp_path: Path, account
) -> Iterator[LiveApi]:
    """A real server; the tests' own connections come from 127.0.0.1."""
    chosen = {"trusted_proxies": request.param, "limits_patience_seconds": "5"}
    with serve_api(databases, redis_url, tmp_path, **chosen) as api:
        yield api


@pytest.mark.integration
@pytest.mark.no_rollback
def test_case_41_spoofed_addresses_win_no_further_guess(
    live: LiveApi, account: str, request: pytest.FixtureRequest
):
    """Whoever is trusted or not, what a client writes itself stands on the left, and is ignored."""
    is_trusted = "this machine trusted" in request.node.name
    last = ", 198.51.100.77" if is_trusted else ""
    tried = [
        guess(live, account, f"203.0.113.{number}{last}") for number in range(LOGIN_PAIR.limit + 1)
    ]
    assert tried == [200] * LOGIN_PAIR.limit + [429]
    client = "198.51.100.77" if is_trusted else "127.0.0.1"
    assert client in {json.loads(line).get("client") for line in live.log.read_text().splitlines()}
    if is_trusted:
        assert guess(live, account, "198.51.100.78") == 200
