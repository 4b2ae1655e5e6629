"""Nothing that proves who somebody is reaches a log, and nothing a client types forges a line.

A server is fed known secrets by every way in, and so is one that breaks everywhere and tells in its
errors all it was told. Then everything both wrote is searched.
"""

import asyncio
import base64
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import pytest
from starlette.routing import Route
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from api.app import assemble, make_parts
from domain.accounts.sessions import Authority
from domain.shared.settings import Settings
from graph.schema import schema
from tests.factories.accounts import make_admin
from tests.fixtures.database import Databases
from tests.support.inputs import ask_with_literals, ask_with_variables, list_roots
from tests.support.serving import LiveApi, serve_api

pytestmark = [pytest.mark.integration, pytest.mark.heavy, pytest.mark.no_rollback]

INDISCREET = "tests.api.indiscreet_api"
LOGIN = """mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }"""
FORGED = 'x"}\r\n{"event":"forged","level":"info"}\n\x1b[2K\x9b31m\u2028\u202e'
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD")


@dataclass
class Secrets:
    """What must appear nowhere."""

    password: str = "Tr0ub4dor &3 \"quoted\" 'pässwörd'"
    totp: str = "493817"
    recovery: str = "k7f2q-9xq4m"
    personal: str = field(default_factory=lambda: "mmp_" + secrets.token_urlsafe(32))
    mailed: str = field(default_factory=lambda: "mml_" + secrets.token_urlsafe(32))
    link: str = field(default_factory=lambda: secrets.token_urlsafe(73))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    short_cookie: str = "c00kie-v4lue"
    basic: str = base64.b64encode(b"kim:hunter2-hunter2").decode()
    access: str = ""
    refresh: str = ""

    def choose(self, name: str) -> str:
        """What a client would send for an input of this name."""
        words = name.lower()
        if "password" in words:
            return self.password
        if "recovery" in words:
            return self.recovery
        if "code" in words:
            return self.totp
        if "token" in words:
            return self.refresh if "refresh" in words else self.mailed
        return self.password if words == "value" else FORGED

    def written(self) -> Iterator[str]:
        """Every way in which a secret might be written."""
        for value in vars(self).values():
            yield from (value, quote(value), quote_plus(value), repr(value)[1:-1])
            yield from (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
            yield from (value.encode().decode("latin-1"), ascii(value)[1:-1])


@pytest.fixture
def known() -> Secrets:
    return Secrets()


@pytest.fixture
def routes(settings: Settings, known: Secrets) -> list[str]:
    """Every path of the product, with a signed link wherever it takes something."""
    app = assemble(make_parts(settings))
    paths = [route.path for route in app.routes if isinstance(route, Route)]
    assert len(paths) > 8
    return [fill(path, known.link) for path in paths] + [
        f"/verify/{known.mailed}",
        f"/{known.personal}",
        f"/reset/{known.mailed}/{quote(known.password)}",
        f"/api/v1/evidence/{known.link}/more",
    ]


def fill(path: str, token: str) -> str:
    head, brace, rest = path.partition("{")
    return head + token + fill(rest.partition("}")[2], token) if brace else path


async def sign_in(http: httpx.AsyncClient, known: Secrets, email: str, password: str) -> None:
    variables = {"input": {"email": email, "password": password}}
    answer = await http.post("/graphql", json={"query": LOGIN, "variables": variables})
    data = answer.json()["data"]["login"]
    known.access, known.refresh = data["accessToken"], data["refreshToken"]


def headers_of(known: Secrets) -> list[httpx.Headers]:
    """Ways to say who one is, right and wrong ones."""
    cookies = f"metamorph_refresh={known.cookie}; other={known.short_cookie}"
    common = {
        "Cookie": cookies,
        "User-Agent": "agent \x9b31m {forged}",
        "X-CSRF-Token": known.cookie,
    }
    ways = [
        {**common, "Authorization": f"Bearer {known.access}"},
        {**common, "Authorization": f"Bearer {known.personal}", "X-Break": "late"},
        {**common, "Authorization": f"Basic {known.basic}"},
        {**common, "Authorization": known.link},
    ]
    return [httpx.Headers(way, encoding="latin-1") for way in ways]


async def walk_routes(http: httpx.AsyncClient, known: Secrets, routes: list[str]) -> None:
    """Every route, by every method, with secrets in all places."""
    query = f"?token={known.mailed}&link={known.link}&code={known.totp}&x={quote(FORGED)}"
    body = {"password": known.password, "token": known.mailed}
    for path in routes:
        for number, headers in enumerate(headers_of(known)):
            for method in METHODS if number == 0 else ("GET",):
                with contextlib.suppress(httpx.HTTPError):
                    await http.request(method, path + query, headers=headers, json=body)
    for path in (f"/{quote(FORGED)}", f"/a{quote(FORGED)}/b?{quote(FORGED)}"):
        await http.get(path)


async def ask_everything(http: httpx.AsyncClient, known: Secrets) -> None:
    """Every root field, with variables and with literals; then what is no proper request."""
    built = schema._schema
    bearer = {"Authorization": f"Bearer {known.access}"}
    for word, name, root_field in list_roots(built.query_type, built.mutation_type):
        if name in ("logout", "endAllSessions"):
            continue
        for ask in (ask_with_variables, ask_with_literals):
            await http.post(
                "/graphql", json=ask(word, name, root_field, known.choose), headers=bearer
            )
    for name in ("logout", "endAllSessions"):
        fields = built.mutation_type.fields if built.mutation_type else {}
        await http.post(
            "/graphql", json=ask_with_variables("mutation", name, fields[name], known.choose)
        )
    await ask_badly(http, known)


async def ask_badly(http: httpx.AsyncClient, known: Secrets) -> None:
    """Bodies and documents that are refused before anything runs."""
    password, token = json.dumps(known.password), known.mailed
    text = (
        f'mutation {{ login(input: {{email: "k@a.test", password: {password}, code: "{known.totp}"'
    )
    documents = [
        f"{text}}}) {{ nothing }} }}",
        f"{text}",
        f"{text}}}) {{ accessToken",
        f'{{ node(id: "{token}") {{ id }} }}',
        f"query {known.personal} {{ me {{ id }} }}",
        f'mutation {{ verifyMail(input: {{token: """{token}"""}}) {{ x }} }}',
    ]
    for document in documents:
        await http.post("/graphql", json={"query": document, "operationName": FORGED})
        await http.post("/graphql", json=[{"query": document}])
        await http.get("/graphql", params={"query": document, "variables": "{" + token})
    await http.post("/graphql", json={"query": LOGIN, "variables": {"input": known.password}})
    await http.post("/graphql", json={"query": LOGIN, "variables": known.password})
    await http.post("/graphql", json={"documentId": token})
    for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
        content = f"password={known.password}&token={token}\x00\xff".encode()
        await http.post("/graphql", content=content, headers={"Content-Type": kind})
    await http.post("/graphql", files={"operations": (FORGED, known.password.encode())})


async def speak_badly(url: str, known: Secrets) -> None:
    """Bytes that are no HTTP, or hardly."""
    target = urlsplit(url)
    lines = [
        f"GET /{known.mailed}\x1b[2K HTTP/1.1\r\nAuthorization: Bearer {known.access}\r\n\r\n",
        f"{known.personal} / HTTP/9\r\nCookie: {known.cookie}\r\n\r\n",
        f"GET /?token={known.mailed} HTTP/1.1\r\nUser-Agent: a\x0b\x1bforged\r\nHost: a\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: {known.link}\nCookie : {known.cookie}\r\n\r\n",
        f"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: {known.totp}x\r\n\r\n{known.password}",
    ]
    for line in lines:
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        writer.write(line.encode())
        writer.write_eof()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(5):
                await reader.read()
        writer.close()


async def open_sockets(url: str, known: Secrets) -> None:
    """Sockets that are welcome, foreign, of another protocol, and such that send secrets."""
    address = url.replace("http", "ws", 1) + f"/graphql?token={known.mailed}&code={known.totp}"
    cookies = {"Cookie": f"metamorph_refresh={known.cookie}; b={known.short_cookie}"}
    ways: list[dict[str, object]] = [
        {"origin": "https://evil.test"},
        {"subprotocols": [Subprotocol(known.personal)]},
        {"subprotocols": [Subprotocol("graphql-transport-ws")]},
    ]
    variables = {"input": {"email": "k@a.test", "password": known.password}}
    messages = [
        {"type": "connection_init", "payload": {"Authorization": f"Bearer {known.access}"}},
        {"type": "subscribe", "id": "1", "payload": {"query": LOGIN, "variables": variables}},
        {"type": "subscribe", "id": FORGED, "payload": {"query": f"{{ {known.personal} }}"}},
        {"type": known.mailed},
    ]
    for way in ways:
        with contextlib.suppress(WebSocketException, OSError, TimeoutError):
            async with connect(address, additional_headers=cookies, **way) as socket:
                for message in messages:
                    await socket.send(json.dumps(message))
                async with asyncio.timeout(5):
                    async for _ in socket:
                        continue


async def feed(api: LiveApi, known: Secrets, routes: list[str]) -> None:
    async with httpx.AsyncClient(base_url=api.url, timeout=30) as http:
        await walk_routes(http, known, routes)
        await ask_everything(http, known)
    await speak_badly(api.url, known)
    await open_sockets(api.url, known)


def read_lines(log: Path) -> list[dict[str, object]]:
    """Every line of a log as the JSON object it has to be."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def find_leaks(log: Path, known: Secrets) -> list[str]:
    """Lines in which something stands that must not."""
    text = log.read_text()
    decoded = "\n".join(str(list(line.items())) for line in read_lines(log))
    whole = f"{text}\n{decoded}"
    found = {one for one in known.written() if one and one in whole}
    return [line[:3000] for line in whole.splitlines() if any(one in line for one in found)][:5]


def list_controls(value: object) -> Iterator[str]:
    """Characters of a line that would move a cursor; those between the lines of an error may."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from list_controls(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from list_controls(inner)
    elif isinstance(value, str):
        yield from (one for one in value if not one.isprintable() and one != "\n")


def check(log: Path, known: Secrets) -> None:
    """Nothing secret, nothing forged, and no address with its query."""
    lines = read_lines(log)
    assert find_leaks(log, known) == []
    assert not {*list_controls(lines)}
    assert "forged" not in {line["event"] for line in lines}
    assert all("WebSocket" not in str(line["event"]) for line in lines)


@pytest.fixture
async def person(databases: Databases, authority: Authority) -> AsyncIterator[tuple[str, str]]:
    kim = await make_admin(databases.app, authority)
    yield kim.email, kim.password


async def test_case_60_no_secret_reaches_the_log_by_any_route(
    databases: Databases, redis_url: str, tmp_path: Path, known: Secrets, routes, person
):
    with serve_api(databases, redis_url, tmp_path, allowed_origins="[]") as api:
        async with httpx.AsyncClient(base_url=api.url) as http:
            await sign_in(http, known, *person)
        await feed(api, known, routes)
    lines = read_lines(api.log)
    assert sum(line["event"] == "request" for line in lines) > 200
    assert sum(line["event"] == "socket" for line in lines) >= 3
    check(api.log, known)


async def test_case_60_no_secret_reaches_the_log_from_errors_that_tell_everything(
    databases: Databases,
    redis_url: str,
    tmp_path: Path,
    known: Secrets,
    routes,
    person,
    authority: Authority,
):
    directory = tmp_path / "indiscreet"
    directory.mkdir()
    with serve_api(databases, redis_url, tmp_path) as api:
        async with httpx.AsyncClient(base_url=api.url) as http:
            await sign_in(http, known, *person)
    with serve_api(databases, redis_url, directory, module=INDISCREET) as api:
        await feed(api, known, routes)
    lines = read_lines(api.log)
    broken = [line for line in lines if "Indiscreet" in str(line.get("exception"))]
    assert len(broken) > 100
    assert {line["event"] for line in broken} == {
        "graphql.failed",
        "request.failed",
        "Exception in ASGI application",
    }
    assert sum(str(line["event"]).startswith("told") for line in lines) > 100
    check(api.log, known)
