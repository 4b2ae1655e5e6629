"""Saves the pages of an application as files, with the styles and scripts that they need."""

import asyncio
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

from api.stack.packages import provide_packages
from benchmarks.elements.applications import Application, Version
from benchmarks.elements.rendering import launch
from e2e.demo.__main__ import free_port

LOGIN = "/admin/login/"
SCRIPTED_WORDS = "/admin/jsi18n/"


def save_versions(application: Application, pages: Path, packages: Path) -> list[str]:
    """Save every version's pages below `pages`; returns the folders' names, oldest first.

    Raises:
        StackError: a version cannot be installed.
        RuntimeError: a version does not start, or a page does not come.
    """
    for version in application.versions:
        if not (pages / version.name).exists():
            save_version(application, version, pages, packages)
    return [version.name for version in application.versions]


def save_version(application: Application, version: Version, pages: Path, packages: Path) -> None:
    """Save one version's pages; the folder gets its name when they are all there."""
    installed = provide_packages(version.lock, packages / version.name)
    made = pages / f"new-{version.name}"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    for static in [*installed.glob("*/static"), *installed.glob("*/*/static")]:
        shutil.copytree(static, made / "static", dirs_exist_ok=True)
    shutil.copytree(
        installed / "django" / "contrib" / "admin" / "static", made / "static", dirs_exist_ok=True
    )
    port, password = free_port(), secrets.token_urlsafe(12)
    with served(application, version, installed, port, password):
        asyncio.run(save_site(application, f"http://127.0.0.1:{port}", password, made))
    made.rename(pages / version.name)


@contextmanager
def served(
    application: Application, version: Version, installed: Path, port: int, password: str
) -> Iterator[None]:
    """Serve a fresh site until the block ends.

    Raises:
        RuntimeError: it did not start.
    """
    home = installed.with_name(f"site-{version.name}-{secrets.token_hex(3)}")
    home.mkdir(parents=True)
    command = [sys.executable, "-W", "ignore", str(application.program), str(port), str(home)]
    command += [str(version.theme)] if version.theme else []
    process = subprocess.Popen(
        command,
        env={"PYTHONPATH": str(installed), "PYTHONUNBUFFERED": "1", "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(password + "\n")
            process.stdin.flush()
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{version.name} did not start; does it run on this Python?")
        yield
    finally:
        process.kill()
        process.wait()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        shutil.rmtree(home, ignore_errors=True)


async def save_site(application: Application, url: str, password: str, target: Path) -> None:
    """Sign in, fill the site, and save every page below `target`."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        context = await browser.new_context(base_url=url)
        page = await context.new_page()
        await save_page(context, (LOGIN,), target / "login.html")
        await save_page(context, (SCRIPTED_WORDS,), target / "words.js")
        await page.goto(f"{LOGIN}?next=/admin/")
        await page.fill("#id_username", "admin")
        await page.fill("#id_password", password)
        await page.press("#id_password", "Enter")
        await page.wait_for_url("**/admin/")
        await application.fill(page, password)
        for name, paths in application.pages.items():
            await save_page(context, paths, target / f"{name}.html")
        await browser.close()


async def save_page(context: BrowserContext, paths: tuple[str, ...], file: Path) -> None:
    """Save what the site answers at the first of some addresses that it has.

    Raises:
        RuntimeError: it has none of them.
    """
    for path in paths:
        answer = await context.request.get(path)
        if answer.ok:
            text = await answer.text()
            file.write_text(text.replace(f'"{SCRIPTED_WORDS}"', '"words.js"'))
            return
    raise RuntimeError(f"{paths[0]} answered {answer.status}")
