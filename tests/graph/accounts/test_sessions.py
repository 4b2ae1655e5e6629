"""Signing in, going on and signing out, as a client does it."""

import pytest

from domain.accounts.refresh import Refusal
from tests.factories.accounts import PASSWORD
from tests.fixtures.people import Ask, Member

pytestmark = pytest.mark.integration

TOKENS = "accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt"
ERRORS = "userErrors { code message field }"
LOGIN = f"mutation ($input: LoginInput!) {{ login(input: $input) {{ {TOKENS} {ERRORS} }} }}"
REFRESH = (
    "mutation ($input: RefreshSessionInput!) "
    f"{{ refreshSession(input: $input) {{ {TOKENS} {ERRORS} }} }}"
)
LOGOUT = f"mutation {{ logout {{ {ERRORS} }} }}"
ME = "{ me { id email displayName permissions workspace { id name slug allowedHosts version } } }"
REFUSED = {
    "code": "UNAUTHENTICATED",
    "message": "The address or the password is wrong.",
    "field": [],
}


async def log_in(ask: Ask, email: str, password: str = PASSWORD) -> dict:
    answer = await ask(LOGIN, input={"email": email, "password": password})
    return answer.data["login"]


async def refresh(ask: Ask, refresh_token: str, token: str | None = None) -> dict:
    answer = await ask(REFRESH, token=token, input={"refreshToken": refresh_token})
    return answer.data["refreshSession"]


async def test_a_person_signs_in_and_is_known(ask: Ask, workspace_member):
    kim: Member = await workspace_member()
    tokens = await log_in(ask, kim.person.email)
    assert tokens["userErrors"] == []
    assert tokens["accessTokenExpiresAt"] < tokens["refreshTokenExpiresAt"]
    me = (await ask(ME, token=tokens["accessToken"])).data["me"]
    assert (me["email"], me["displayName"]) == (kim.person.email, "Kim")
    assert me["permissions"] == sorted(kim.actor.permissions)
    assert me["workspace"]["allowedHosts"] == []


@pytest.mark.parametrize(
    ("email", "password"), [("nobody@example.test", PASSWORD), ("", ""), (None, "wrong password")]
)
async def test_whoever_fails_learns_nothing(ask: Ask, workspace_member, email, password):
    kim = await workspace_member()
    tokens = await log_in(ask, kim.person.email if email is None else email, password)
    assert tokens.pop("userErrors") == [REFUSED]
    assert set(tokens.values()) == {None}


async def test_a_session_goes_on_and_its_old_token_ends_it(ask: Ask, workspace_member):
    kim = await workspace_member()
    first = await log_in(ask, kim.person.email)
    second = await refresh(ask, first["refreshToken"])
    assert (await ask(ME, token=second["accessToken"])).data["me"]["email"] == kim.person.email
    again = await refresh(ask, first["refreshToken"])
    assert [error["message"] for error in again["userErrors"]] == [Refusal.REUSED]
    for tokens in (first, second):
        answer = await ask(ME, token=tokens["accessToken"])
        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    ended = await refresh(ask, second["refreshToken"])
    assert [error["message"] for error in ended["userErrors"]] == [Refusal.ENDED]


async def test_an_expired_access_token_does_not_stand_in_the_way_of_a_refresh(
    ask: Ask, workspace_member, jwt_for
):
    kim = await workspace_member()
    expired = jwt_for(sub=kim.person.user_id, iat=1_000_000_000, exp=1_000_000_900)
    tokens = await refresh(ask, kim.signed_in.refresh_token, token=expired)
    assert tokens["userErrors"] == []
    assert tokens["accessToken"]


async def test_after_logout_neither_token_works(ask: Ask, workspace_member):
    kim = await workspace_member()
    assert (await ask(LOGOUT, by=kim)).data == {"logout": {"userErrors": []}}
    for document in (ME, LOGOUT):
        answer = await ask(document, by=kim)
        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    ended = await refresh(ask, kim.signed_in.refresh_token)
    assert [error["message"] for error in ended["userErrors"]] == [Refusal.ENDED]


async def test_nobody_is_nobody(ask: Ask):
    for document in (ME, LOGOUT):
        answer = await ask(document)
        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])


async def test_an_actor_is_read_once_for_fields_that_start_together(
    ask: Ask, workspace_member, count_statements
):
    kim = await workspace_member()
    with count_statements() as log:
        answer = await ask("{ a: me { id } b: me { id } c: me { id } }", by=kim)
    assert len(answer.data) == 3
    assert sum("FROM sessions" in statement for statement in log.statements) == 1
    assert len(log) == 4
