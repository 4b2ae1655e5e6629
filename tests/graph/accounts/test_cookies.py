"""A browser's session: its refresh token is in a cookie that no script and no other site can use."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from tests.factories.accounts import ISSUER, PASSWORD
from tests.fixtures.people import SPA_ORIGIN, Ask, MakeMember, Member, read_body
from tests.graph.accounts.asked import LOGIN, LOGOUT, ME, NEW_PASSWORD, REFRESH, TOKENS, say

pytestmark = pytest.mark.integration

NAME, DEVICE = "__Host-metamorph-refresh", "__Host-metamorph-device"
PAGE = {"Origin": SPA_ORIGIN, "X-Metamorph-CSRF": "1"}
SWITCH = say("switchWorkspace", TOKENS)


class Browser:
    """Keeps the cookie as a browser does, and sends it when told to."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.answer: httpx.Response
        self.token = ""

    async def ask(
        self,
        document: str,
        headers: dict[str, str] | None = None,
        *,
        cookie: str | None = None,
        access: str = "",
        **given: Any,
    ) -> dict[str, Any]:
        """The payload of a mutation that a page asks for."""
        sent = {**(PAGE if headers is None else headers)}
        kept = f"{NAME}={self.token}" if self.token else ""
        if cookie is not None or kept:
            sent["Cookie"] = kept if cookie is None else cookie
        if access:
            sent["Authorization"] = f"Bearer {access}"
        body = {
            "query": document,
            "variables": {"input": given} if given or "$" in document else {},
        }
        self.answer = await self.client.post("/graphql", json=body, headers=sent)
        self.client.cookies.clear()
        read = read_body(self.answer)
        if read.get("data") is None:
            return read
        (payload,) = read["data"].values()
        return payload

    async def log_in(self, who: Member, **options: Any) -> dict[str, Any]:
        """Sign in, and keep the cookie."""
        given = {"email": who.person.email, "password": PASSWORD, "refreshTokenIn": "COOKIE"}
        payload = await self.ask(LOGIN, **{**given, **options})
        self.token = self.set_cookie()[0]
        return payload

    def set_cookie(self) -> tuple[str, dict[str, str]]:
        """Value and attributes of the cookie that the last answer sets; both may be empty."""
        sent = self.answer.headers.get_list("set-cookie")
        headers = [one for one in sent if not one.startswith(f"{DEVICE}=")]
        if not headers:
            return "", {}
        (header,) = headers
        pair, *rest = header.split("; ")
        name, _, value = pair.partition("=")
        assert name == NAME
        attributes = (one.partition("=") for one in rest)
        return value, {key.lower(): value for key, _, value in attributes}


@pytest.fixture
def browser(client: httpx.AsyncClient) -> Browser:
    return Browser(client)


def messages(payload: dict[str, Any]) -> list[str]:
    return [error["message"] for error in payload["userErrors"]]


async def test_signing_in_sets_a_cookie_for_this_host_alone_that_scripts_cannot_read(
    browser: Browser, workspace_member: MakeMember
):
    payload = await browser.log_in(await workspace_member())
    value, attributes = browser.set_cookie()
    assert payload["refreshToken"] is None
    assert payload["accessToken"]
    assert value
    assert value not in browser.answer.text
    assert attributes.keys() == {"expires", "httponly", "path", "samesite", "secure"}
    assert attributes["path"] == "/"
    assert attributes["samesite"].lower() == "strict"
    expires = parsedate_to_datetime(attributes["expires"])
    promised = datetime.fromisoformat(payload["refreshTokenExpiresAt"])
    assert abs((expires - promised).total_seconds()) < 2
    assert (expires - datetime.now(UTC)).days in (29, 30)
    assert browser.answer.headers["cache-control"] == "no-store"


async def test_a_program_gets_no_cookie(browser: Browser, workspace_member: MakeMember):
    payload = await browser.log_in(await workspace_member(), refreshTokenIn="BODY")
    assert payload["refreshToken"]
    assert browser.set_cookie() == ("", {})


async def test_the_session_goes_on_with_another_cookie_each_time(
    browser: Browser, ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    await browser.log_in(kim)
    seen = [browser.token]
    for _ in range(3):
        payload = await browser.ask(REFRESH)
        assert (payload["userErrors"], payload["refreshToken"]) == ([], None)
        browser.token = browser.set_cookie()[0]
        seen.append(browser.token)
        me = await ask(ME, token=payload["accessToken"])
        assert me.data["me"]["email"] == kim.person.email
    assert len(set(seen)) == 4
    browser.token = seen[0]
    assert "somebody may have copied it" in messages(await browser.ask(REFRESH))[0]


REFUSED = {
    "without the header": {"Origin": SPA_ORIGIN},
    "a form of another site": {"Origin": "https://evil.test"},
    "a foreign origin": {**PAGE, "Origin": "https://evil.test"},
    "no origin to speak of": {**PAGE, "Origin": "null"},
    "a look-alike": {**PAGE, "Origin": f"{SPA_ORIGIN}.evil.test"},
    "another port": {**PAGE, "Origin": f"{SPA_ORIGIN}:8443"},
    "without encryption": {**PAGE, "Origin": SPA_ORIGIN.replace("https", "http")},
    "another site without an origin": {"X-Metamorph-CSRF": "1", "Sec-Fetch-Site": "cross-site"},
    "nothing": {},
}


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED.keys())
async def test_the_cookie_does_not_count_in_a_request_that_another_site_could_cause(
    browser: Browser, workspace_member: MakeMember, headers: dict[str, str]
):
    await browser.log_in(await workspace_member())
    refused = await browser.ask(REFRESH, headers)
    assert refused["accessToken"] is None
    assert [error["code"] for error in refused["userErrors"]] == ["BAD_USER_INPUT"]
    assert browser.set_cookie() == ("", {})
    assert (await browser.ask(REFRESH))["userErrors"] == []


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED.keys())
async def test_no_other_site_signs_a_browser_in(
    browser: Browser, workspace_member: MakeMember, headers: dict[str, str]
):
    """It would make the visitor work in the account of the attacker."""
    kim = await workspace_member()
    given = {"email": kim.person.email, "password": PASSWORD, "refreshTokenIn": "COOKIE"}
    refused = await browser.ask(LOGIN, headers, **given)
    assert (refused["accessToken"], browser.set_cookie()) == (None, ("", {}))


@pytest.mark.parametrize(
    "headers",
    [
        PAGE,
        {**PAGE, "Origin": SPA_ORIGIN.upper()},
        {**PAGE, "Origin": ISSUER},
        {"X-Metamorph-CSRF": "x"},
    ],
)
async def test_our_pages_and_programs_may_use_it(
    browser: Browser, workspace_member: MakeMember, headers: dict[str, str]
):
    await browser.log_in(await workspace_member())
    assert (await browser.ask(REFRESH, headers))["userErrors"] == []


@pytest.mark.parametrize(
    "cookie",
    [
        f"{NAME}={{token}}; {NAME}={{token}}",
        f"{NAME}=planted; {NAME}={{token}}",
        f"{NAME}={{token}}; {NAME}=",
        "",
        "metamorph-refresh={token}",
        "__Secure-metamorph-refresh={token}",
        f"{NAME}=",
        f"{NAME}={'x' * 201}",
        f'{NAME}="{{token}}"',
    ],
)
async def test_a_cookie_that_is_not_the_one_that_was_set_is_none(
    browser: Browser, workspace_member: MakeMember, cookie: str
):
    await browser.log_in(await workspace_member())
    sent = cookie.format(token=browser.token)
    refused = await browser.ask(REFRESH, cookie=sent)
    assert refused["accessToken"] is None
    assert refused["userErrors"]
    assert (await browser.ask(REFRESH))["userErrors"] == []


async def test_over_a_stream_the_cookie_does_not_count(
    browser: Browser, workspace_member: MakeMember
):
    """Headers leave before the operation begins: the new token would be lost."""
    kim = await workspace_member()
    await browser.log_in(kim)
    stream = {**PAGE, "Accept": "text/event-stream"}
    refused = await browser.ask(REFRESH, stream)
    assert "not over sockets and streams" in messages(refused)[0]
    given = {"email": kim.person.email, "password": PASSWORD, "refreshTokenIn": "COOKIE"}
    assert "not over sockets and streams" in messages(await browser.ask(LOGIN, stream, **given))[0]
    assert browser.set_cookie() == ("", {})
    assert (await browser.ask(REFRESH))["userErrors"] == []


async def test_no_access_token_is_taken_from_a_cookie(
    browser: Browser, client: httpx.AsyncClient, workspace_member: MakeMember
):
    kim = await workspace_member()
    access = kim.signed_in.access_token
    for name in ("access_token", "Authorization", "token", NAME, "__Host-metamorph-access"):
        for value in (access, f"Bearer {access}"):
            headers = {**PAGE, "Cookie": f"{name}={value}"}
            answer = await client.post("/graphql", json={"query": ME}, headers=headers)
            assert answer.status_code == 401


async def test_a_refresh_token_in_the_body_comes_before_the_cookie_and_goes_back_the_same_way(
    browser: Browser, workspace_member: MakeMember
):
    kim = await workspace_member()
    await browser.log_in(kim)
    payload = await browser.ask(REFRESH, refreshToken=kim.signed_in.refresh_token)
    assert payload["refreshToken"]
    assert browser.set_cookie() == ("", {})
    assert (await browser.ask(REFRESH))["userErrors"] == []


async def test_signing_out_ends_the_session_and_clears_the_cookie(
    browser: Browser, workspace_member: MakeMember
):
    payload = await browser.log_in(await workspace_member())
    await browser.ask(LOGOUT, access=payload["accessToken"])
    value, attributes = browser.set_cookie()
    assert value.strip('"') == ""
    assert attributes["max-age"] == "0"
    assert {"httponly", "secure", "path", "samesite"} <= attributes.keys()
    assert "domain" not in attributes
    assert messages(await browser.ask(REFRESH)) == ["This session was ended. Sign in again."]


async def test_a_session_that_is_over_takes_its_cookie_along(
    browser: Browser, workspace_member: MakeMember
):
    """Ended, used before, expired and forgotten: the browser need not ask again and again."""
    payload = await browser.log_in(await workspace_member())
    first = browser.token
    await browser.ask(REFRESH)
    for token in (first, first, "never-issued"):
        browser.token = token
        assert (await browser.ask(REFRESH))["accessToken"] is None
        value, attributes = browser.set_cookie()
        assert (value.strip('"'), attributes["max-age"]) == ("", "0")
    assert payload["accessToken"]
    refused = await browser.ask(REFRESH, refreshToken=first)
    assert (refused["accessToken"], browser.set_cookie()) == (None, ("", {}))


async def test_a_request_that_was_overtaken_leaves_the_cookie_of_the_one_that_won(
    browser: Browser, workspace_member: MakeMember, monkeypatch: pytest.MonkeyPatch
):
    await browser.log_in(await workspace_member())
    first = browser.token
    await browser.ask(REFRESH)
    monkeypatch.setattr("domain.accounts.refresh.is_overtaken", lambda *_: True)
    browser.token = first
    assert "Another request" in messages(await browser.ask(REFRESH))[0]
    assert browser.set_cookie() == ("", {})


async def test_case_33_who_opens_a_request_early_and_sends_its_body_late_is_late(
    browser: Browser, client: httpx.AsyncClient, workspace_member: MakeMember
):
    """Else whoever holds a copy waits, inside a request, for its owner to use it."""
    await browser.log_in(await workspace_member())
    body = json.dumps({"query": REFRESH, "variables": {"input": {}}}).encode()

    async def upload() -> AsyncIterator[bytes]:
        yield body[:10]
        assert (await browser.ask(REFRESH))["userErrors"] == []
        yield body[10:]

    sent = {**PAGE, "Cookie": f"{NAME}={browser.token}", "Content-Type": "application/json"}
    answer = await client.post("/graphql", content=upload(), headers=sent)
    told = read_body(answer)["data"]["refreshSession"]
    assert "somebody may have copied it" in messages(told)[0]


async def test_who_may_not_sign_out_clears_no_cookie(
    browser: Browser, workspace_member: MakeMember
):
    await browser.log_in(await workspace_member())
    refused = await browser.ask(LOGOUT)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert browser.set_cookie() == ("", {})


async def test_deleting_the_account_and_signing_out_everywhere_clear_the_cookie(
    browser: Browser, workspace_member: MakeMember
):
    for document, given in (
        (say("endAllSessions", "ended"), {"keepCurrent": False}),
        (say("deleteAccount"), {"password": PASSWORD}),
    ):
        payload = await browser.log_in(await workspace_member())
        await browser.ask(document, access=payload["accessToken"], **given)
        assert browser.set_cookie()[1]["max-age"] == "0"


async def test_a_change_of_the_password_leaves_the_cookie_of_the_session_that_asked(
    browser: Browser, workspace_member: MakeMember
):
    payload = await browser.log_in(await workspace_member())
    given = {"password": PASSWORD, "newPassword": NEW_PASSWORD}
    await browser.ask(say("changePassword"), access=payload["accessToken"], **given)
    assert browser.set_cookie() == ("", {})
    assert (await browser.ask(REFRESH))["userErrors"] == []


async def test_going_on_in_another_workspace_changes_the_cookie_too(
    browser: Browser, ask: Ask, workspace_member: MakeMember
):
    kim = await workspace_member()
    make = "mutation ($input: CreateWorkspaceInput!) { createWorkspace(input: $input) { workspace { id } } }"
    made = (await ask(make, by=kim, input={"name": "Second"})).data["createWorkspace"]
    payload = await browser.log_in(kim)
    switched = await browser.ask(
        SWITCH,
        access=payload["accessToken"],
        id=made["workspace"]["id"],
        refreshTokenIn="COOKIE",
    )
    assert (switched["userErrors"], switched["refreshToken"]) == ([], None)
    browser.token = browser.set_cookie()[0]
    again = await browser.ask(REFRESH)
    where = "{ me { workspace { name } } }"
    me = await ask(where, token=again["accessToken"])
    assert me.data["me"]["workspace"]["name"] == "Second"


async def test_a_page_of_another_origin_is_not_told_that_it_may_use_cookies(
    client: httpx.AsyncClient,
):
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-metamorph-csrf",
    }
    allowed = await client.options("/graphql", headers={"Origin": SPA_ORIGIN, **asked})
    assert allowed.headers["access-control-allow-origin"] == SPA_ORIGIN
    assert allowed.headers["access-control-allow-credentials"] == "true"
    for origin in ("https://evil.test", "null"):
        refused = await client.options("/graphql", headers={"Origin": origin, **asked})
        assert "access-control-allow-origin" not in refused.headers
        assert "access-control-allow-credentials" not in refused.headers
