"""`/api/v1/elements.jsonl`: a cache leaves and comes back over HTTP."""

import httpx
import orjson
import pytest

from domain.elements.lines import FORMAT
from graph.support.ids import encode_id
from tests.domain.elements.test_bring_in import HEADER, entry, write
from tests.factories.templates import make_test
from tests.factories.workspaces import Tenant
from tests.fixtures.database import Databases
from tests.fixtures.people import Member

pytestmark = pytest.mark.integration

PATH = "/api/v1/elements.jsonl"


@pytest.fixture
async def kim(workspace_member) -> Member:
    """Somebody in charge of a workspace."""
    return await workspace_member()


async def make_file(databases: Databases, kim: Member, count: int = 1) -> bytes:
    """An export for a test of somebody's workspace."""
    template = await make_test(Tenant(databases, kim.actor))
    entries = [entry(template.id, step_key=f"s{place}") for place in range(count)]
    return write(HEADER, *entries, {"format": FORMAT, "end": count})


async def test_what_is_posted_can_be_got_again(
    client: httpx.AsyncClient, databases: Databases, kim: Member
):
    content = await make_file(databases, kim, 30)
    assert len(content) > 64 * 1024 // 2
    posted = await client.post(PATH, content=content, headers=kim.headers)
    assert posted.status_code == 200, posted.text
    assert posted.json() == {"added": 30, "changed": 0, "unchanged": 0, "set_aside": 0}
    got = await client.get(PATH, headers=kim.headers)
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/jsonl"
    assert got.headers["content-disposition"] == 'attachment; filename="elements.jsonl"'
    lines = [orjson.loads(line) for line in got.text.splitlines()]
    assert (lines[0]["format"], lines[-1]) == (FORMAT, {"format": FORMAT, "end": 30})


async def test_the_scope_narrows_what_leaves_and_says_where_to_what_comes(
    client: httpx.AsyncClient, databases: Databases, kim: Member
):
    content = await make_file(databases, kim)
    other = await make_test(Tenant(databases, kim.actor))
    for scope in (encode_id("TestTemplate", other.id), str(other.id)):
        posted = await client.post(
            PATH, content=content, params={"scope": scope}, headers=kim.headers
        )
        assert posted.status_code == 200, posted.text
        got = await client.get(PATH, params={"scope": scope}, headers=kim.headers)
        assert [orjson.loads(line).get("scope") for line in got.text.splitlines()][1:-1] == [
            str(other.id)
        ]


async def test_a_wrong_file_is_refused_with_its_lines(
    client: httpx.AsyncClient, databases: Databases, kim: Member
):
    content = write(HEADER, b"x\n", {"format": FORMAT, "end": 1})
    answer = await client.post(PATH, content=content, headers=kim.headers)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["lines"] == [{"line": 2, "message": "This is no JSON."}]
    assert (error["code"], error["message"]) == ("BAD_USER_INPUT", "Line 2: This is no JSON.")


@pytest.mark.parametrize("query", ["scope=x", "scope=", "more=1", "scope=1&scope=2"])
async def test_a_query_that_means_nothing_is_refused(
    client: httpx.AsyncClient, kim: Member, query: str
):
    for method in ("GET", "POST"):
        answer = await client.request(method, f"{PATH}?{query}", headers=kim.headers)
        assert answer.status_code == 400


async def test_only_those_who_may_get_in(client: httpx.AsyncClient, kim: Member, workspace_member):
    viewer = await workspace_member("viewer", of=kim)
    assert (await client.get(PATH)).status_code == 401
    assert (await client.post(PATH)).status_code == 401
    assert (await client.get(PATH, headers=viewer.headers)).status_code == 200
    assert (await client.post(PATH, headers=viewer.headers)).status_code == 403
    assert (await client.put(PATH, headers=kim.headers)).status_code == 405
