"""Clients that others wrote: urql, graphql-ws, graphql-sse, a browser, and graphql-http's audits."""

import json
import os
from dataclasses import asdict
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from e2e import node_clients
from e2e.demo.client import Client
from e2e.live_stack import LiveStack
from e2e.people import Person, find_mails, invite_viewer

pytestmark = [pytest.mark.e2e, pytest.mark.heavy]

AUDITS = (node_clients.SOURCES / "audits.txt").read_text("utf-8").splitlines()
BY_GET = [audit for audit in AUDITS if audit.startswith(("5A70", "D6D5", "6A70"))]
"""They want any query by GET, which is for trusted documents here (docs/decisions)."""
COOKIE = "__Host-metamorph-refresh"
ASK = """async ([query, variables]) => {
  const headers = {"Content-Type": "application/json", "X-Metamorph-CSRF": "1"};
  const body = JSON.stringify({query, variables});
  return (await fetch("/graphql", {method: "POST", headers, body})).json();
}"""
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }"
REFRESH = "mutation { refreshSession(input: {}) { accessToken } }"
Lines = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> node_clients.BuiltClients:
    """The programs of e2e/clients, built from the committed schema."""
    try:
        return node_clients.build(tmp_path_factory.mktemp("clients"))
    except node_clients.CannotTry as missing:
        pytest.skip(str(missing))


@pytest_asyncio.fixture(scope="module")
async def viewer(stack: LiveStack, client: Client) -> Person:
    """Somebody who may only look on."""
    if email := os.environ.get("E2E_VIEWER_EMAIL"):
        return Person(email, os.environ["E2E_VIEWER_PASSWORD"])
    mails = find_mails(stack)
    if mails is None:
        pytest.skip("its mails are elsewhere: name a viewer with E2E_VIEWER_EMAIL and _PASSWORD")
    return await invite_viewer(client, mails)


@pytest.fixture(scope="module")
def outcomes(clients: node_clients.BuiltClients, stack: LiveStack, viewer: Person) -> Lines:
    """What the clients tried, by name."""
    administrator = {"email": stack.email, "password": stack.password}
    people = {"url": stack.url, "administrator": administrator, "viewer": asdict(viewer)}
    told = clients.run("main", given=json.dumps(people))
    return {line["check"]: line for line in told}


@pytest.fixture(scope="module")
def audits(clients: node_clients.BuiltClients, stack: LiveStack) -> Lines:
    """What the audits found, by their ids and names."""
    told = clients.run("audits", f"{stack.url}/graphql")
    return {f"{line['id']} {line['audit']}": line for line in told}


@pytest.mark.parametrize("name", node_clients.find_check_names())
def test_with_real_clients(outcomes: Lines, name: str) -> None:
    assert outcomes[name]["ok"], outcomes[name]["problem"]


def test_every_check_of_the_clients_is_reported_here(outcomes: Lines) -> None:
    assert sorted(outcomes) == sorted(node_clients.find_check_names())


@pytest.mark.parametrize("audit", [one for one in AUDITS if one not in BY_GET])
def test_graphql_over_http_is_kept(audits: Lines, audit: str) -> None:
    assert audits[audit]["status"] == "ok", audits[audit]


@pytest.mark.parametrize("audit", BY_GET)
def test_a_query_by_get_is_refused_which_the_audits_merely_note(audits: Lines, audit: str) -> None:
    assert (audits[audit]["status"], audits[audit]["answered"]) == ("notice", 403), audits[audit]


def test_every_audit_of_the_package_is_reported_here(audits: Lines) -> None:
    assert sorted(audits) == sorted(AUDITS)


async def test_a_browser_keeps_the_cookie_where_no_script_sees_it(
    stack: LiveStack, browser: Browser
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{stack.url}/graphiql")
    person = {"email": stack.email, "password": stack.password, "refreshTokenIn": "COOKIE"}

    login = (await page.evaluate(ASK, [LOGIN, {"input": person}]))["data"]["login"]
    kept = {cookie["name"]: cookie for cookie in await context.cookies()}
    seen = await page.evaluate("document.cookie")
    await page.reload()
    again = (await page.evaluate(ASK, [REFRESH, {}]))["data"]["refreshSession"]
    await context.close()

    assert login["accessToken"]
    assert login["refreshToken"] is None
    assert kept[COOKIE]["httpOnly"]
    assert kept[COOKIE]["secure"]
    assert kept[COOKIE]["sameSite"] == "Strict"
    assert COOKIE not in seen
    assert again["accessToken"]
