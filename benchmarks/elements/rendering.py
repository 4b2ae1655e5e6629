"""A browser that renders pages from a directory, and reaches nothing else.

The old page of a pair and the new one are served at one address, as two versions of one application
are: what the new one is called in the directory says nothing about the element.
"""

import os
import posixpath
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from playwright.async_api import Browser, BrowserContext, Page, Playwright, Route

from workers.browser.chromium import find_chromium

ORIGIN = "http://pairs.invalid"
# Deep enough that no `../../..` of a page climbs out of it.
FOLDER = "/-" * 16
LOAD_SECONDS = 20
QUIET_MILLISECONDS = 100
SETTLE_MILLISECONDS = 1_500
ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

SETTLE = """([quiet, most]) => new Promise((resolve) => {
    const finish = () => { observer.disconnect(); clearTimeout(end); resolve(); };
    let timer = setTimeout(finish, quiet);
    const end = setTimeout(finish, most);
    const again = () => { clearTimeout(timer); timer = setTimeout(finish, quiet); };
    const observer = new MutationObserver(again);
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    observer.observe(document, all);
})"""


class CannotOpen(Exception):
    """A page that cannot be shown; the message says why, in a few words."""


async def launch(playwright: Playwright) -> Browser:
    """Start the Chromium that the product uses."""
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    return await playwright.chromium.launch(
        executable_path=find_chromium(), args=[*ARGUMENTS, *sandbox]
    )


@dataclass
class Shelf:
    """A directory of pages, one of which is served at an address.

    Attributes:
        shown: the page's path in the directory.
        address: the path that it is served at, below `FOLDER`: that of the pair's old page.
    """

    directory: Path
    shown: str = ""
    address: str = ""

    @property
    def url(self) -> str:
        """Where the page is served."""
        return f"{ORIGIN}{FOLDER}/{quote(self.address)}"

    def find(self, url: str) -> Path | None:
        """The file that an address stands for; None for whatever is not in the directory."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != ORIGIN:
            return None
        path, home = unquote(parts.path), posixpath.dirname(self.shown)
        if path == f"{FOLDER}/{self.address}":
            return self._within(self.shown)
        if not path.startswith(f"{FOLDER.removesuffix('/-')}/"):
            return self._from_root(path.lstrip("/"), home)
        beside = posixpath.dirname(f"{FOLDER}/{self.address}")
        return self._within(posixpath.join(home, posixpath.relpath(path, beside)))

    def _from_root(self, path: str, home: str) -> Path | None:
        """An address that starts with a slash: the site's root may be any folder above the page."""
        while True:
            found = self._within(posixpath.join(home, path))
            if found is not None or not home:
                return found
            home = posixpath.dirname(home)

    def _within(self, path: str) -> Path | None:
        root = self.directory.resolve()
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None

    async def answer(self, route: Route) -> None:
        """Serve what is there; whatever else a page asks for does not exist."""
        file = self.find(route.request.url)
        if file is None:
            await route.abort("aborted" if route.request.is_navigation_request() else "failed")
        else:
            await route.fulfill(path=file)


@asynccontextmanager
async def opened(browser: Browser, shelf: Shelf) -> AsyncIterator[Page]:
    """An empty page in a profile of its own, which is closed afterwards."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 900},
        service_workers="block",
        accept_downloads=False,
        reduced_motion="reduce",
    )
    try:
        await isolate(context, shelf)
        page = await context.new_page()
        page.set_default_timeout(LOAD_SECONDS * 1000)
        yield page
    finally:
        await context.close()


async def isolate(context: BrowserContext, shelf: Shelf) -> None:
    """Answer all that pages of a profile ask for from the shelf."""
    await context.route("**/*", shelf.answer)
    await context.route_web_socket("**/*", lambda socket: socket.close())


async def show(page: Page, shelf: Shelf, name: str, address: str = "") -> None:
    """Open a page of the directory, and wait until it rests.

    Args:
        address: the page whose address it gets; its own without one.

    Raises:
        CannotOpen: it is not there.
        PlaywrightError: it does not load.
    """
    shelf.shown, shelf.address = name, address or name
    if shelf.find(shelf.url) is None:
        raise CannotOpen(f"{name} is not there")
    await page.goto("about:blank")
    await page.goto(shelf.url)
    await page.evaluate(SETTLE, [QUIET_MILLISECONDS, SETTLE_MILLISECONDS])
