"""A browser that renders pages from a directory, and reaches nothing else."""

import os
from pathlib import Path

from playwright.async_api import Browser, Page, Playwright, Route

from workers.browser.chromium import find_chromium

ORIGIN = "http://pairs.invalid"
ARGUMENTS = ("--headless=new", "--disable-gpu", "--no-first-run", "--disable-background-networking")


async def launch(playwright: Playwright) -> Browser:
    """Start the Chromium that the product uses."""
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    return await playwright.chromium.launch(
        executable_path=find_chromium(), args=[*ARGUMENTS, *sandbox]
    )


async def serve_files(page: Page, directory: Path) -> None:
    """Answer what the page asks for from `directory`, which `ORIGIN` stands for."""
    root = directory.resolve()

    async def answer(route: Route) -> None:
        path = (root / route.request.url.removeprefix(f"{ORIGIN}/")).resolve()
        ours = route.request.url.startswith(ORIGIN) and path.is_relative_to(root)
        if ours and path.is_file():
            await route.fulfill(path=path)
        else:
            await route.abort()

    await page.route("**/*", answer)


async def open_file(page: Page, name: str) -> None:
    """Open a page of the directory."""
    await page.goto(f"{ORIGIN}/{name}")
