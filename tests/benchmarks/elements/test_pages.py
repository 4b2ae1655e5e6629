"""Which elements of two pages the benchmark takes for the same."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from benchmarks.elements.pages import FIND_BY_DEED
from workers.browser.chromium import can_sandbox, find_chromium

pytestmark = pytest.mark.integration

PAGE = """
<div id="header"><a href="/out">Log out</a></div>
<div id="nav-sidebar"><a href="/users">Users</a></div>
<a href="/users">Users</a> <a href="/more">More</a> <a href="/more">All of them</a>
<a href="/hidden" style="display: none">Hidden</a>
<form><input type="hidden" name="csrfmiddlewaretoken" value="1">
  <input name="q"><input type="checkbox" name="row" value="1"><input type="checkbox" name="row"
  value="2"><button>Search</button><button name="_save">Save</button></form>
<button>Nothing in particular</button>
"""


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium with nothing open."""
    async with async_playwright() as playwright:
        arguments = ["--disable-gpu", "--disable-quic"]
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(os.environ.get("METAMORPH_CHROMIUM", "")),
            args=[*arguments, *([] if can_sandbox() else ["--no-sandbox"])],
            chromium_sandbox=can_sandbox(),
        )
        yield browser
        await browser.close()


async def test_elements_are_known_by_what_they_do_where_that_is_one_of_a_kind(
    browser: Browser,
) -> None:
    page = await browser.new_page()
    await page.set_content(PAGE)
    found = await page.evaluate(FIND_BY_DEED)
    words = {}
    for deed, path in found.items():
        element = page.locator(f"xpath={path}")
        words[deed] = await element.inner_text() or await element.get_attribute("name")
    await page.close()
    assert words == {
        "#header: leads to /out": "Log out",
        "#nav-sidebar: leads to /users": "Users",
        "main: leads to /users": "Users",
        "main: is q": "q",
        "main: chooses row 1": "row",
        "main: chooses row 2": "row",
        "main: sends q": "Search",
        "main: is _save": "Save",
    }
