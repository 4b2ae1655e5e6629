"""Fixtures of the journeys: a live stack, somebody signed in, a site to test, a browser to look."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from e2e.demo import stack as running
from e2e.demo.client import Client
from e2e.journeys import allow_hosts
from e2e.live_stack import LiveStack, OwnStack, start_own_stack, stop_own_stack
from e2e.reporting import pytest_configure
from e2e.small_site import SmallSite, serve_small_site
from workers.browser.chromium import can_sandbox, find_chromium

__all__ = ["pytest_configure"]


@pytest.fixture(scope="session")
def stack() -> Iterator[LiveStack]:
    """The one that BASE_URL, E2E_EMAIL and E2E_PASSWORD name; `make up`'s; or the session's own."""
    if url := os.environ.get("BASE_URL"):
        yield LiveStack(url.rstrip("/"), os.environ["E2E_EMAIL"], os.environ["E2E_PASSWORD"])
        return
    if os.environ.get("E2E_STACK") == "up":
        directory = Path(os.environ.get("METAMORPH_VAR_DIR", "var")) / "e2e"
        directory.mkdir(parents=True, exist_ok=True)
        yield LiveStack(running.api_url(), *running.make_administrator(directory))
        return
    # Short, because Chromium's socket lies below it; pytest's own directories are too long.
    directory = Path(tempfile.mkdtemp(prefix="mm-", dir="/tmp"))
    try:
        started = start_own_stack(directory)
        try:
            yield started
        finally:
            stop_own_stack(directory)
        assert started.browser_processes() == []
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def own_stack(stack: LiveStack) -> OwnStack:
    """A stack whose processes may be killed."""
    if not isinstance(stack, OwnStack):
        pytest.skip("kills processes, which belong to somebody else where BASE_URL is set")
    return stack


@pytest.fixture(scope="session")
def site() -> Iterator[SmallSite]:
    """The application under test."""
    with serve_small_site() as served:
        yield served


@pytest_asyncio.fixture(scope="session")
async def client(stack: LiveStack, site: SmallSite) -> AsyncIterator[Client]:
    """Somebody signed in, whose workspace allows the site and nothing else."""
    client = Client(stack.url)
    await client.log_in(stack.email, stack.password)
    await allow_hosts(client, site.host)
    yield client
    await client.close()


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of the reader's, which is not the product's."""
    async with async_playwright() as playwright:
        sandboxed = can_sandbox()
        arguments = [] if sandboxed else ["--no-sandbox"]
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(os.environ.get("METAMORPH_CHROMIUM", "")),
            args=["--disable-gpu", "--disable-quic", *arguments],
            chromium_sandbox=sandboxed,
        )
        yield browser
        await browser.close()
