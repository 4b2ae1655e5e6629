"""One Chromium for all tests here, a fresh page for each, and a site that is made of strings."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, ElementHandle, Page, Route, async_playwright

from domain.elements.instructions import Instruction, Verb, parse
from domain.elements.policy import Policy
from domain.elements.stored import StoredElement
from workers.browser.chromium import find_chromium
from workers.browser.locate import LocateRequest, Pictures, Resolution, locate

SITE = "http://site.test"
QUIET = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# These pages are complete when they are shown; waiting for them to rest would only cost time.
IMPATIENT = Policy(quiet_milliseconds=10)

Show = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium for the session; as root it cannot have a sandbox."""
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield chromium
        await chromium.close()


@pytest.fixture(scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page without network: it can only open what `show` was given.

    One for all tests: each opens a document of its own, and nothing else outlives one.
    """
    context = await browser.new_context(viewport={"width": 1000, "height": 700})
    await context.route("**/*", lambda route: route.abort())
    page = await context.new_page()
    yield page
    await context.close()


@pytest.fixture
def show(page: Page) -> Show:
    """Open a document: `await show("<button>Save</button>", path="/users/1")`."""

    async def open_document(body: str, *, path: str = "/", language: str = "en") -> Page:
        document = (
            f"<!doctype html><html lang='{language}'><head><title>Site</title></head>"
            f"<body>{body}</body></html>"
        )

        async def answer(route: Route) -> None:
            await route.fulfill(body=document, content_type="text/html; charset=utf-8")

        await page.route(f"{SITE}/**", answer, times=1)
        await page.goto(f"{SITE}{path}")
        return page

    return open_document


async def find(
    page: Page,
    target: str | Instruction,
    stored: StoredElement | None = None,
    *,
    timeout_seconds: float = 0.05,
    pictures: Pictures | None = None,
    **more: object,
) -> Resolution:
    """Locate by an instruction ("click Save") or, when it begins with css=, by a selector."""
    more = {"policy": IMPATIENT} | more
    if isinstance(target, str) and target.startswith("css="):
        more = {"action": Verb.CLICK} | more
        request = LocateRequest(
            selector=target, stored=stored, timeout_seconds=timeout_seconds, **more
        )
    else:
        instruction = target if isinstance(target, Instruction) else parse(target)
        request = LocateRequest(
            instruction=instruction, stored=stored, timeout_seconds=timeout_seconds, **more
        )
    return await locate(page, request, pictures=pictures)


async def learn(page: Page, selector: str, *, method: str = "llm") -> StoredElement:
    """Learn the element that `selector` finds, as if another resolver had chosen it."""
    resolution = await find(page, f"css={selector}", action=None)
    assert resolution.learned is not None, resolution.abstained_because
    learned = resolution.learned
    data = {**learned.to_json(), "method": method, "said": ""}
    return StoredElement.from_json(data)


async def mark_of(element: ElementHandle | None) -> str | None:
    """The data-mark attribute that tests put on elements; learning does not look at it."""
    assert element is not None
    return await element.get_attribute("data-mark")
