"""The workspace in the schema."""

import pytest

from graph.support.ids import encode_id
from tests.fixtures.people import Ask, Member

pytestmark = pytest.mark.integration

WORKSPACE = "{ me { workspace { id name allowedHosts version } } }"
UPDATE = """
    mutation ($input: UpdateWorkspaceInput!) {
      updateWorkspace(input: $input) {
        workspace { id name allowedHosts version }
        userErrors { code message field }
      }
    }
"""
NODE = (
    "query ($id: ID!) { node(id: $id) { id ... on Workspace { slug } ... on Account { email } } }"
)


async def read(ask: Ask, member: Member) -> dict:
    return (await ask(WORKSPACE, by=member)).data["me"]["workspace"]


async def update(ask: Ask, member: Member, **changes: object) -> dict:
    before = await read(ask, member)
    given = {"id": before["id"], "expectedVersion": before["version"], **changes}
    return (await ask(UPDATE, by=member, input=given)).data["updateWorkspace"]


async def test_hosts_are_changed(ask: Ask, workspace_member):
    kim = await workspace_member()
    before = await read(ask, kim)
    changed = await update(ask, kim, allowedHosts=["localhost:8000", "*.Example.test"])
    assert changed["userErrors"] == []
    assert changed["workspace"] == {
        **before,
        "allowedHosts": ["localhost:8000", "*.example.test"],
        "version": before["version"] + 1,
    }
    assert await read(ask, kim) == changed["workspace"]


async def test_a_stale_change_gets_the_current_state(ask: Ask, workspace_member):
    kim = await workspace_member()
    await update(ask, kim, name="Purple")
    refused = await update(ask, kim, name="Red", expectedVersion=1)
    (error,) = refused["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["expectedVersion"])
    assert (refused["workspace"]["name"], refused["workspace"]["version"]) == ("Purple", 2)


async def test_wrong_hosts_are_named_by_their_place(ask: Ask, workspace_member):
    kim = await workspace_member()
    refused = await update(ask, kim, name="", allowedHosts=["ok.test", "no host"])
    fields = [(error["code"], error["field"]) for error in refused["userErrors"]]
    assert fields == [
        ("BAD_USER_INPUT", ["name"]),
        ("BAD_USER_INPUT", ["allowedHosts", "1"]),
    ]
    assert refused["workspace"] is None


async def test_only_those_who_may_change_it(ask: Ask, workspace_member):
    kim = await workspace_member()
    workspace = await read(ask, kim)
    for group in ("editor", "executor", "viewer"):
        lu = await workspace_member(group, of=kim)
        given = {"id": workspace["id"], "expectedVersion": 1, "name": "Mine"}
        answer = await ask(UPDATE, by=lu, input=given)
        assert (answer.status, answer.codes) == (403, ["FORBIDDEN"])
    assert (await read(ask, kim))["name"] == workspace["name"]


async def test_another_workspace_answers_as_a_missing_one(ask: Ask, workspace_member):
    kim, other = await workspace_member(), await workspace_member()
    theirs = (await read(ask, other))["id"]
    for identity in (theirs, encode_id("Account", other.person.workspace_id), "nonsense", ""):
        refused = await update(ask, kim, id=identity, name="Mine")
        assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"]
        assert (await ask(NODE, by=kim, id=identity)).data == {"node": None}


async def test_one_finds_oneself_and_ones_workspace_by_id(ask: Ask, workspace_member):
    kim, other = await workspace_member(), await workspace_member()
    account = encode_id("Account", kim.person.user_id)
    found = (await ask(NODE, by=kim, id=account)).data["node"]
    assert found == {"id": account, "email": kim.person.email}
    stranger = encode_id("Account", other.person.user_id)
    assert (await ask(NODE, by=kim, id=stranger)).data == {"node": None}
    workspace = encode_id("Workspace", kim.person.workspace_id)
    assert (await ask(NODE, by=kim, id=workspace)).data["node"]["slug"]


async def test_who_may_not_see_the_workspace_still_sees_oneself(ask: Ask, workspace_member):
    kim = await workspace_member()
    nobody = await workspace_member("no such group", of=kim)
    answer = await ask("{ me { email workspace { id } } }", by=nobody)
    assert (answer.status, answer.codes) == (200, ["FORBIDDEN"])
    assert answer.body["data"]["me"] == {"email": nobody.person.email, "workspace": None}
