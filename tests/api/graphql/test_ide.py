"""GraphiQL in a real browser: it asks nobody else, breaks no policy, and follows subscriptions."""

import hashlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Page, async_playwright, expect

from api.graphql.ide import FILES
from tests.api.graphql.server import ToyServer, serve_toy
from workers.browser.chromium import find_chromium

pytestmark = pytest.mark.integration

PHONE, TALL = 390, 844
READABLE = 150
"""Pixels that some lines of text need."""
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
QUIET = [
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """A page, and everything it complained about or asked of others."""

    page: Page
    server: ToyServer
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def write(self, text: str) -> None:
        """Replace the document, and wait until GraphiQL has parsed it."""
        editor = self.page.locator(".graphiql-query-editor .CodeMirror")
        await editor.evaluate("(element, text) => element.CodeMirror.setValue(text)", text)
        await self.page.wait_for_function(
            """text => {
                const editor = document.querySelector(".graphiql-query-editor .CodeMirror");
                const parsed = editor.CodeMirror.documentAST;
                return parsed && parsed.loc.source.body === text;
            }""",
            arg=text,
        )

    async def sign_in(self, token: str) -> None:
        """Write a token into the headers."""
        headers = self.page.locator(".graphiql-editor-tool .CodeMirror").last
        await headers.evaluate(
            "(element, text) => element.CodeMirror.setValue(text)",
            json.dumps({"Authorization": f"Bearer {token}"}),
        )

    async def run(self) -> None:
        """Press the button."""
        await self.page.click(".graphiql-execute-button")

    async def expect_answer(self, text: str) -> None:
        """Wait until the answer holds a text."""
        await expect(self.page.locator(".result-window")).to_contain_text(text)


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """GraphiQL, opened by a new person."""
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with (
        serve_toy(graphiql=True, is_at_home=True) as server,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        page = await browser.new_page()
        visiting = Visit(page, server)
        page.on("console", lambda line: visiting.complaints.append(line.text))
        page.on("pageerror", lambda error: visiting.complaints.append(str(error)))
        page.on("request", lambda request: visiting.asked.append(request.url))
        await page.goto(f"{server.url}/graphql")
        await page.wait_for_selector(".graphiql-query-editor .CodeMirror")
        yield visiting
        await browser.close()


async def test_a_query_and_a_subscription_run_without_a_word_of_complaint(visit: Visit):
    await visit.write('{ hello(name: "browser") }')
    await visit.run()
    await visit.expect_answer("Hello browser")

    await visit.write("subscription { numbers(upto: -3) }")
    await visit.sign_in("good")
    await visit.run()
    await visit.expect_answer('"numbers": 3')
    visit.server.toy.moved.set()
    await visit.expect_answer('"numbers": 0')

    assert visit.complaints == []
    own = (visit.server.url, "data:", "blob:")
    assert [url for url in visit.asked if not url.startswith(own)] == []


async def test_a_subscription_without_sign_in_says_why_it_ended(visit: Visit):
    await visit.write("subscription { numbers }")
    await visit.run()

    await visit.expect_answer("4401")


async def test_on_a_phone_the_answer_stands_below_the_document(visit: Visit):
    await visit.page.set_viewport_size({"width": PHONE, "height": TALL})
    await visit.write('{ hello(name: "phone") }')
    await visit.run()
    await visit.expect_answer("Hello phone")
    editor = await visit.page.locator(".graphiql-query-editor").bounding_box()
    answer = await visit.page.locator(".result-window").bounding_box()

    assert editor is not None
    assert answer is not None
    assert answer["y"] >= editor["y"] + editor["height"]
    assert min(editor["width"], answer["width"]) > PHONE / 2
    assert answer["x"] + answer["width"] <= PHONE
    assert answer["y"] + answer["height"] <= TALL
    assert min(editor["height"], answer["height"]) > READABLE


async def test_no_line_of_the_welcome_is_cut_on_a_small_screen(visit: Visit):
    await visit.page.set_viewport_size({"width": 1280, "height": 800})
    scroller = visit.page.locator(".graphiql-query-editor .CodeMirror-scroll")
    hidden = await scroller.evaluate("one => one.scrollWidth - one.clientWidth")
    assert hidden <= 0


async def test_the_page_allows_no_inline_script_and_no_other_host():
    async with serve_toy(graphiql=True) as server:
        page = await server.client.get("/graphql", headers=BROWSER)

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.text.count("<script") == page.text.count('<script src="/graphiql/')


async def test_browsers_keep_the_files_and_ask_whether_they_have_changed():
    async with serve_toy(graphiql=True) as server:
        first = await server.client.get("/graphiql/start.js")
        again = await server.client.get(
            "/graphiql/start.js", headers={"If-None-Match": first.headers["etag"]}
        )
    assert first.headers["cache-control"] == "no-cache"
    assert again.status_code == 304


async def test_without_the_setting_there_is_no_ide():
    async with serve_toy(graphiql=False) as server:
        page = await server.client.get("/graphql", headers=BROWSER)
        script = await server.client.get("/graphiql/start.js")

    assert (page.status_code, script.status_code) == (405, 404)


async def test_nothing_but_the_vendored_files_can_be_fetched():
    async with serve_toy(graphiql=True) as server:
        inside = await server.client.get("/graphiql/vendor/graphiql.min.js")
        outside = await server.client.get("/graphiql/%2e%2e/app.py")

    assert (inside.status_code, outside.status_code) == (200, 404)


def test_the_vendored_files_are_the_published_ones():
    lines = (FILES / "vendor" / "sha256sums.txt").read_text().splitlines()
    expected = {name: digest for digest, name in (line.split() for line in lines)}

    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (FILES / "vendor").iterdir()
        if path.suffix in (".js", ".css")
    }

    assert found == expected
