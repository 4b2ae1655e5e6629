"""Access tokens as scripts use them: over HTTP, streams and sockets, within their scopes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from graphql import OperationType
from sqlalchemy import func, select, update

from api.app import Parts
from domain.accounts.members.remove import RemoveMember, remove_member
from domain.accounts.models import AccessToken, UserGroup
from domain.accounts.people.disable import disable_account
from domain.accounts.permissions import PERMISSIONS, SCRIPTS
from domain.accounts.sessions import Authority
from graph.schema import schema
from graph.support.ids import encode_id
from tests.factories.accounts import PASSWORD, units_of
from tests.fixtures.database import Databases
from tests.fixtures.people import Ask, MakeMember, Member
from tests.graph.accounts.asked import ME, NEW_PASSWORD, do, log_in, say, told
from tests.graph.accounts.live import hear, hear_end, open_socket, say_to, serve
from tests.graph.decisions import MUTATIONS
from tests.support.documents import write_document

pytestmark = pytest.mark.integration

FIELDS = "id name hint scopes createdAt expiresAt lastUsedAt revokedAt"
CREATE = say("createAccessToken", f"token accessToken {{ {FIELDS} }}")
REVOKE = say("revokeAccessToken", f"accessToken {{ {FIELDS} }}")
LIST = f"{{ me {{ accessTokens {{ {FIELDS} }} }} }}"
MISSIONS = "{ missions(first: 1) { edges { node { id } } } }"
FOLLOW = "subscription ($id: ID!) { missionProgress(id: $id) { __typename } }"
Make = Callable[..., Awaitable[str]]
CORE = schema._schema


async def make(ask: Ask, who: Member, *scopes: str, days: int = 30) -> dict[str, Any]:
    """A new token with what is known of it."""
    given = {
        "password": PASSWORD,
        "name": "deploy",
        "scopes": list(scopes or ["mission.read"]),
        "days": days,
    }
    payload = await do(ask, CREATE, who, **given)
    assert payload["userErrors"] == []
    return payload


async def test_the_token_is_shown_once_and_works(ask: Ask, workspace_member: MakeMember):
    kim = await workspace_member()
    made = await make(ask, kim, "mission.read", "account.self")
    token, about = made["token"], made["accessToken"]
    assert token.startswith(about["hint"])
    me = (await ask(ME, token=token)).data["me"]
    assert (me["email"], me["permissions"]) == (kim.person.email, ["account.self", "mission.read"])
    assert (await ask(MISSIONS, token=token)).status == 200
    (listed,) = (await ask(LIST, by=kim)).data["me"]["accessTokens"]
    assert listed["lastUsedAt"] is not None
    assert {**listed, "lastUsedAt": None} == about
    assert token not in str(listed)


async def test_what_is_outside_its_scopes_is_forbidden(ask: Ask, workspace_member: MakeMember):
    kim = await workspace_member()
    token = (await make(ask, kim, "mission.read"))["token"]
    wrong = []
    for name, permission in MUTATIONS.items():
        document, variables = write_document(CORE, OperationType.MUTATION, name)
        answer = await ask(document, token=token, **variables)
        expected = set() if permission is None or permission in SCRIPTS else {"FORBIDDEN"}
        if name == "logout":
            expected = {"FORBIDDEN"}
        if {"FORBIDDEN", "UNAUTHENTICATED"} & set(answer.codes) != expected:
            wrong.append(f"{name}: {answer.codes or answer.body}")
    assert wrong == []


async def test_with_every_scope_there_is_it_still_does_not_secure_the_account(
    ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    scopes = sorted(PERMISSIONS.keys() - {"account.secure"})
    token = (await make(ask, kim, *scopes))["token"]
    secured = [name for name, permission in MUTATIONS.items() if permission == "account.secure"]
    assert len(secured) > 15
    for name in secured:
        document, variables = write_document(CORE, OperationType.MUTATION, name)
        answer = await ask(document, token=token, **variables)
        assert answer.codes == ["FORBIDDEN"], name
    for hidden in ("sessions { id }", "accessTokens { id }"):
        answer = await ask(f"{{ me {{ id {hidden} }} }}", token=token)
        assert answer.codes == ["FORBIDDEN"]
        assert list(answer.body["data"]["me"].values())[1] is None


@pytest.mark.parametrize("scope", ["account.secure", "everything", ""])
async def test_a_scope_that_cannot_be_given_is_named_by_its_place(
    ask: Ask, workspace_member: MakeMember, scope: str
):
    kim = await workspace_member()
    payload = await do(
        ask, CREATE, kim, password=PASSWORD, name="x", scopes=["mission.read", scope]
    )
    assert told(payload) == [("BAD_USER_INPUT", "scopes.1")]
    assert payload["token"] is None


async def test_nobody_gives_a_token_what_he_lacks(ask: Ask, workspace_member: MakeMember):
    lu = await workspace_member("viewer", of=await workspace_member())
    payload = await do(ask, CREATE, lu, password=PASSWORD, name="x", scopes=["mission.edit"])
    assert told(payload) == [("BAD_USER_INPUT", "scopes.0")]


async def test_a_revoked_token_is_nobody(ask: Ask, workspace_member: MakeMember):
    kim, stranger = await workspace_member(), await workspace_member()
    made = await make(ask, kim)
    identity = made["accessToken"]["id"]
    for who, one in (
        (stranger, identity),
        (kim, encode_id("AccessToken", kim.signed_in.session_id)),
    ):
        assert told(await do(ask, REVOKE, who, id=one)) == [("NOT_FOUND", "id")]
    assert (await ask(ME, token=made["token"])).status == 200
    revoked = await do(ask, REVOKE, kim, id=identity)
    assert revoked["accessToken"]["revokedAt"] is not None
    answer = await ask(ME, token=made["token"])
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert (await ask(LIST, by=kim)).data["me"]["accessTokens"] == []


async def test_an_expired_token_is_nobody(
    ask: Ask, workspace_member: MakeMember, databases: Databases
):
    kim = await workspace_member()
    token = (await make(ask, kim))["token"]
    async with units_of(databases.app).begin(user_id=kim.actor.user_id) as uow:
        await uow.session.execute(update(AccessToken).values(expires_at=func.now()))
    assert (await ask(ME, token=token)).status == 401


async def test_what_its_owner_loses_it_loses_at_once(
    ask: Ask, workspace_member: MakeMember, databases: Databases, authority: Authority
):
    kim = await workspace_member()
    lu = await workspace_member("editor", of=kim)
    token = (await make(ask, lu, "mission.read"))["token"]
    workspace_id = kim.actor.workspace_id
    async with units_of(databases.app).begin(workspace_id) as uow:
        mine = select(UserGroup).where(UserGroup.user_id == lu.person.user_id)
        await uow.session.delete((await uow.session.scalars(mine)).one())
    answer = await ask(MISSIONS, token=token)
    assert answer.codes == ["FORBIDDEN"]
    async with units_of(databases.app).begin(workspace_id, kim.actor.user_id) as uow:
        await remove_member(uow, kim.actor, authority.clock, RemoveMember(lu.person.user_id))
    assert (await ask(MISSIONS, token=token)).status == 401


async def test_case_35_a_new_password_ends_it(ask: Ask, workspace_member: MakeMember):
    kim = await workspace_member()
    token = (await make(ask, kim))["token"]
    given = {"password": PASSWORD, "newPassword": NEW_PASSWORD}
    await do(ask, say("changePassword"), kim, **given)
    assert (await ask(ME, token=token)).status == 401


async def test_it_works_in_one_workspace_though_its_owner_has_moved_on(
    ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    scopes = ["mission.read", "workspace.read"]
    token = (await make(ask, kim, *scopes))["token"]
    where = "{ me { workspace { id name } } }"
    before = (await ask(where, token=token)).data["me"]["workspace"]
    new = say("createWorkspace", "workspace { id }")
    made = await do(ask, new, kim, name="Second")
    await do(ask, say("switchWorkspace", "accessToken"), kim, id=made["workspace"]["id"])
    assert (await ask(where, token=token)).data["me"]["workspace"] == before
    other = await log_in(ask, kim.person.email)
    assert other["userErrors"] == []


@pytest.mark.parametrize(
    "header", ["Basic {}", "bearer  {}x", "{}", "Bearer {} {}", "Bearer mmp_", "Bearer mmp_é"]
)
async def test_whatever_is_not_quite_a_token_is_nobody(
    client: httpx.AsyncClient, ask: Ask, workspace_member: MakeMember, header: str
):
    token = (await make(ask, await workspace_member()))["token"]
    sent = {"Authorization": header.format(token, token).encode()}
    answer = await client.post("/graphql", json={"query": ME}, headers=sent)
    assert answer.status_code == 401


@pytest.mark.no_rollback  # a stream that ends may give up a statement, and its connection with it
async def test_it_follows_a_stream_and_no_further_than_it_is_good_for(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, workspace_member: MakeMember
):
    kim = await workspace_member()
    async with serve(parts, monkeypatch) as url, httpx.AsyncClient(base_url=url) as http:
        token, identity = await make_over(http, kim, "execution.read", "mission.read")
        asked = {
            "query": FOLLOW,
            "variables": {"id": encode_id("Mission", kim.actor.workspace_id)},
        }
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        answer = await http.post("/graphql", json=asked, headers=headers)
        assert "event: next" in answer.text
        assert "UNAUTHENTICATED" not in answer.text
        body = {"query": REVOKE, "variables": {"input": {"id": identity}}}
        await http.post("/graphql", json=body, headers=kim.headers)
        answer = await http.post("/graphql", json=asked, headers=headers)
        assert "UNAUTHENTICATED" in answer.text


async def make_over(http: httpx.AsyncClient, who: Member, *scopes: str) -> tuple[str, str]:
    """A token and its id, made over a connection."""
    given = {"password": PASSWORD, "name": "deploy", "scopes": list(scopes)}
    body = {"query": CREATE, "variables": {"input": given}}
    answer = await http.post("/graphql", json=body, headers=who.headers)
    made = answer.json()["data"]["createAccessToken"]
    return made["token"], made["accessToken"]["id"]


@pytest.mark.parametrize("end", ["revoked", "expired"])
async def test_case_27_a_socket_closes_when_its_token_ends(
    parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
    workspace_member: MakeMember,
    databases: Databases,
    end: str,
):
    kim = await workspace_member()
    async with serve(parts, monkeypatch) as url, httpx.AsyncClient(base_url=url) as http:
        token, identity = await make_over(http, kim, "mission.read")
        async with open_socket(url, token) as socket:
            assert (await hear(socket))["type"] == "connection_ack"
            await say_to(socket, id="1", type="subscribe", payload={"query": ME})
            assert (await hear(socket))["payload"]["data"]["me"]["email"] == kim.person.email
            if end == "revoked":
                body = {"query": REVOKE, "variables": {"input": {"id": identity}}}
                await http.post("/graphql", json=body, headers=kim.headers)
            else:
                async with units_of(databases.app).begin(user_id=kim.actor.user_id) as uow:
                    soon = parts.authority.clock.now() + timedelta(seconds=0.2)
                    await uow.session.execute(update(AccessToken).values(expires_at=soon))
            code, reason = await hear_end(socket)
    assert code == 4401
    assert "token" in reason


async def test_case_27_sockets_close_when_their_account_is_disabled(
    parts: Parts,
    monkeypatch: pytest.MonkeyPatch,
    workspace_member: MakeMember,
    databases: Databases,
):
    kim, lu = await workspace_member(), await workspace_member()
    async with serve(parts, monkeypatch) as url, httpx.AsyncClient(base_url=url) as http:
        script, _ = await make_over(http, kim, "mission.read")
        async with (
            open_socket(url, kim.signed_in.access_token) as browser,
            open_socket(url, script) as program,
            open_socket(url, lu.signed_in.access_token) as other,
        ):
            for socket in (browser, program, other):
                assert (await hear(socket))["type"] == "connection_ack"
            async with units_of(databases.app).begin() as uow:
                await disable_account(uow, parts.authority.clock, kim.person.email)
            assert [(await hear_end(one))[0] for one in (browser, program)] == [4401, 4401]
            await say_to(other, id="1", type="subscribe", payload={"query": ME})
            assert (await hear(other))["payload"]["data"]["me"]["email"] == lu.person.email


async def test_a_socket_does_not_open_with_a_token_that_has_ended_or_with_a_cookie(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, workspace_member: MakeMember
):
    kim = await workspace_member()
    cookie = f"__Host-metamorph-refresh={kim.signed_in.refresh_token}"
    async with serve(parts, monkeypatch) as url:
        for token, headers in (("mmp_" + "A" * 43, {}), ("", {"Cookie": cookie})):
            async with open_socket(url, token, **headers) as socket:
                assert (await hear_end(socket))[0] == 4401


async def test_over_a_socket_no_refresh_token_is_taken_from_a_cookie(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, workspace_member: MakeMember
):
    kim = await workspace_member()
    cookie = f"__Host-metamorph-refresh={kim.signed_in.refresh_token}"
    document = "mutation { refreshSession(input: {}) { accessToken userErrors { message } } }"
    async with serve(parts, monkeypatch) as url:
        sent = {"Cookie": cookie, "X-Metamorph-CSRF": "1"}
        async with open_socket(url, kim.signed_in.access_token, **sent) as socket:
            assert (await hear(socket))["type"] == "connection_ack"
            await say_to(socket, id="1", type="subscribe", payload={"query": document})
            payload = (await hear(socket))["payload"]["data"]["refreshSession"]
    assert payload["accessToken"] is None
    assert "not over sockets" in payload["userErrors"][0]["message"]
