"""The API as a whole: a process of its own, real HTTP and sockets, and requests nobody thought of."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import schemathesis
from graphql import parse_value
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import sampled_from
from schemathesis import Case
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.app import read_keys
from api.stack.errors import StackError
from domain.shared.settings import Settings
from tests.factories.accounts import PASSWORD, make_admin, make_authority
from tests.fixtures.database import cloned
from tests.fixtures.stores import Stores
from tests.support.serving import LiveApi, serve_api

pytestmark = pytest.mark.integration

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }"
ME = "{ me { email } }"
LOGOUT = "mutation { logout { userErrors { code } } }"
EXAMPLES = 4
CLOSE_SECONDS = 20
OWN_TESTS = frozenset({"logout"})
"""Ending the session would leave nothing to try the others with."""


JSON_LITERALS = (
    "null",
    "[]",
    "{}",
    '"text"',
    "-1.5e300",
    '[{kind: "goto", url: "/"}]',
    '[{kind: "click", selector: {deeper: [[[]]]}}, null, 5]',
    '["Look", "\\u0000"]',
)
"""Schemathesis knows only the scalars of the standard."""
schemathesis.graphql.scalar("JSON", sampled_from([parse_value(one) for one in JSON_LITERALS]))


class Caller:
    """Sends documents to the live API as one person."""

    def __init__(self, api: LiveApi, email: str) -> None:
        self.api = api
        self.email = email
        self.token = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def send(self, document: str, **variables: object) -> dict:
        async with httpx.AsyncClient(base_url=self.api.url, headers=self.headers) as http:
            body = {"query": document, "variables": variables}
            return (await http.post("/graphql", json=body, timeout=30)).json()

    async def log_in(self) -> dict:
        given = {"email": self.email, "password": PASSWORD}
        tokens = (await self.send(LOGIN, input=given))["data"]["login"]
        self.token = tokens["accessToken"]
        return tokens


@pytest.fixture(scope="module")
async def live(
    stores: Stores, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Caller]:
    """A live API on a database of its own, and an administrator who has not signed in yet."""
    directory = tmp_path_factory.mktemp("api")
    async with cloned(stores) as databases:
        authority = make_authority(directory / "keys")
        person = await make_admin(databases.app, authority)
        with serve_api(databases, redis_url, directory) as api:
            yield Caller(api, person.email)


async def test_a_person_signs_in_watches_and_is_shown_out(live: Caller):
    tokens = await live.log_in()
    assert (await live.send(ME))["data"] == {"me": {"email": live.email}}
    address = live.api.url.replace("http", "ws") + "/graphql"
    async with connect(address, subprotocols=["graphql-transport-ws"]) as socket:
        await socket.send(json.dumps({"type": "connection_init", "payload": live.headers}))
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": ME}}))
        assert json.loads(await socket.recv())["payload"]["data"] == {"me": {"email": live.email}}
        assert json.loads(await socket.recv())["type"] == "complete"
        await live.send(LOGOUT)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), CLOSE_SECONDS)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
    log = live.api.log.read_text()
    assert '"operation":"mutation login"' in log
    assert not [secret for secret in (*tokens.values(), PASSWORD) if secret in log]


async def test_requests_that_only_fit_the_schema_break_nothing(live: Caller):
    await live.log_in()
    found = schemathesis.graphql.from_url(f"{live.api.url}/graphql", headers=live.headers)
    broken: list[str] = []
    tried = 0
    for result in found.get_all_operations():
        operation = result.ok()
        if operation.definition.field_name in OWN_TESTS:
            continue

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def try_out(case: Case) -> None:
            broken.extend(describe_break(case, live.headers))

        await asyncio.to_thread(try_out)
        tried += 1
    assert tried > 30
    assert broken == []


def describe_break(case: Case, headers: dict[str, str]) -> list[str]:
    """What is wrong about the answer to one made-up request."""
    answer = case.call(headers=headers, timeout=30)
    if answer.status_code >= 500:
        return [f"{answer.status_code}: {case.body}"]
    errors = answer.json().get("errors", [])
    return [
        f"{error}: {case.body}"
        for error in errors
        if error["extensions"]["code"] == "INTERNAL" or not error["extensions"]["requestId"]
    ]


def test_a_key_that_cannot_be_read_ends_the_start_in_one_line(tmp_path: Path):
    keys = tmp_path / "keys"
    keys.mkdir()
    (keys / "signing.pem").write_text("not a key")
    with pytest.raises(StackError, match=r"signing\.pem"):
        read_keys(Settings(var_dir=tmp_path))
