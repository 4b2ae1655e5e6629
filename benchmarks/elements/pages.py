"""Pages for the elements benchmark: Django's own admin in the two versions that the demo tests.

Both are installed from the demo's lock files, filled with the same people and saved as files, with
their styles and scripts. Which elements of two pages are the same is decided by what they do: where
a link leads, which field a control sends, which form a button sends. The product does not decide it.
"""

import asyncio
import json
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from playwright.async_api import BrowserContext, Page, async_playwright

from benchmarks.elements.rendering import launch, open_file, serve_files
from e2e.demo.__main__ import free_port
from e2e.demo.site import AFTER, BEFORE, SiteVersion, install, serve

SITES = Path("var/demo")
PEOPLE = ("ada", "grace", "linus", "margaret", "dennis")
LOGIN = "login"
PAGES = {
    "index": "/admin/",
    "app": "/admin/auth/",
    "users": "/admin/auth/user/",
    "found-users": "/admin/auth/user/?q=gr",
    "staff": "/admin/auth/user/?is_staff__exact=1",
    "add-user": "/admin/auth/user/add/",
    "user": "/admin/auth/user/2/change/",
    "other-user": "/admin/auth/user/3/change/",
    "user-password": "/admin/auth/user/2/password/",
    "user-history": "/admin/auth/user/2/history/",
    "delete-user": "/admin/auth/user/2/delete/",
    "groups": "/admin/auth/group/",
    "add-group": "/admin/auth/group/add/",
    "group": "/admin/auth/group/1/change/",
    "delete-group": "/admin/auth/group/1/delete/",
    "own-password": "/admin/password_change/",
}
SCRIPTED_WORDS = "/admin/jsi18n/"

FIND_BY_DEED = """() => {
    const place = (element) =>
        ["#nav-sidebar", ".breadcrumbs", "#header", "#changelist-filter", "#user-tools"]
            .find((one) => element.closest(one)) ?? "main";
    const sent = (form) => form
        ? [...new FormData(form).keys()].filter((name) => name !== "csrfmiddlewaretoken").sort()
        : [];
    const deed = (element) => {
        const type = element.getAttribute("type") ?? "";
        if (element.tagName === "A") return "leads to " + element.getAttribute("href");
        if (element.name && ["checkbox", "radio"].includes(type))
            return `chooses ${element.name} ${element.value}`;
        if (element.name) return "is " + element.name;
        if (element.tagName === "BUTTON" || type === "submit")
            return element.form ? "sends " + sent(element.form) : null;
        return null;
    };
    const path = (element) => {
        let steps = "";
        for (let one = element; one; one = one.parentElement) {
            const same = [...(one.parentElement?.children ?? [one])]
                .filter((other) => other.tagName === one.tagName);
            steps = `/${one.tagName.toLowerCase()}[${same.indexOf(one) + 1}]` + steps;
        }
        return steps;
    };
    const found = {}, several = new Set();
    const wanted = "a[href], button, input:not([type=hidden]), select, textarea";
    for (const element of document.querySelectorAll(wanted)) {
        if (!element.checkVisibility() || element.closest("svg")) continue;
        const does = deed(element);
        if (does === null) continue;
        const key = `${place(element)}: ${does}`;
        if (key in found) several.add(key);
        found[key] = path(element);
    }
    for (const key of several) delete found[key];
    return found;
}"""


def make_pairs(directory: Path) -> None:
    """Save the pages of both versions in `directory`, with a `pairs.json`."""
    shutil.rmtree(directory, ignore_errors=True)
    SITES.mkdir(parents=True, exist_ok=True)
    for version in (BEFORE, AFTER):
        port, password = free_port(), secrets.token_urlsafe(12)
        target = directory / version.group
        target.mkdir(parents=True)
        shutil.copytree(static_files(version), target / "static" / "admin")
        with serve(version, port, password, SITES):
            asyncio.run(save_site(f"http://127.0.0.1:{port}", password, target))
    pairs = asyncio.run(label_pages(directory))
    (directory / "pairs.json").write_text(json.dumps(pairs, indent=1) + "\n")


def static_files(version: SiteVersion) -> Path:
    """Where the admin of a version keeps styles and scripts."""
    return install(version, SITES) / "django" / "contrib" / "admin" / "static" / "admin"


async def save_site(url: str, password: str, target: Path) -> None:
    """Sign in, add people and a group, and save every page below `target`."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        context = await browser.new_context(base_url=url)
        page = await context.new_page()
        await save_page(context, "/admin/login/", target / f"{LOGIN}.html")
        await save_page(context, SCRIPTED_WORDS, target / "words.js")
        await fill_site(page, password)
        for name, path in PAGES.items():
            await save_page(context, path, target / f"{name}.html")
        await browser.close()


async def fill_site(page: Page, password: str) -> None:
    """Sign in; afterwards there are a few people and a group."""
    await page.goto("/admin/login/?next=/admin/")
    await page.fill("#id_username", "admin")
    await page.fill("#id_password", password)
    await page.press("#id_password", "Enter")
    await page.wait_for_url("**/admin/")
    for person in PEOPLE:
        await page.goto("/admin/auth/user/add/")
        await page.fill("#id_username", person)
        await page.fill("#id_password1", password)
        await page.fill("#id_password2", password)
        await page.click("[name=_save]")
        await page.wait_for_url("**/change/**")
    await page.goto("/admin/auth/group/add/")
    await page.fill("#id_name", "Editors")
    await page.click("[name=_save]")
    await page.wait_for_url("**/admin/auth/group/")


async def save_page(context: BrowserContext, path: str, file: Path) -> None:
    """Save what the site answers, with the addresses of its files as they are in `pairs`.

    Raises:
        RuntimeError: the site answered with an error.
    """
    answer = await context.request.get(path)
    if not answer.ok:
        raise RuntimeError(f"{path} answered {answer.status}.")
    text = (await answer.text()).replace("/static/", f"/{file.parent.name}/static/")
    file.write_text(text.replace(f'"{SCRIPTED_WORDS}"', f'"/{file.parent.name}/words.js"'))


async def label_pages(directory: Path) -> list[dict[str, object]]:
    """Pair the elements of each page that do the same in both versions, and are the only ones."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        page = await browser.new_page()
        await serve_files(page, directory)
        pairs = [await label_page(page, name) for name in (LOGIN, *PAGES)]
        await browser.close()
    return pairs


async def label_page(page: Page, name: str) -> dict[str, object]:
    """An entry of `pairs.json`."""
    files = [f"{version.group}/{name}.html" for version in (BEFORE, AFTER)]
    before, after = [await find_by_deed(page, file) for file in files]
    both: Sequence[str] = [deed for deed in before if deed in after]
    elements = [{"old_xpath": before[deed], "new_xpath": after[deed]} for deed in both]
    return {"old": files[0], "new": files[1], "elements": elements}


async def find_by_deed(page: Page, file: str) -> dict[str, str]:
    """XPaths of a page's visible elements, by where they are and what they do."""
    await open_file(page, file)
    found: dict[str, str] = await page.evaluate(FIND_BY_DEED)
    return found
