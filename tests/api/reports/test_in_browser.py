"""A report in a real browser: it fits every width, prints unfolded, and runs nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, async_playwright

from api.reports.build import Reports
from api.reports.render import CONTENT_SECURITY_POLICY
from domain.evidence.links import LinkSigner, LinkVerb
from domain.evidence.storage import EvidenceStorage
from domain.executions.models import Execution
from domain.executions.reading.repository import read_tree
from domain.shared.crypto import KEY_BYTES
from tests.factories.evidence import png_bytes
from tests.factories.executions import after
from tests.factories.missions import children_of, make_mission_of, start
from tests.factories.stories import tell_story
from tests.factories.templates import browser_test, make_test
from tests.factories.workspaces import Tenant, make_tenant
from tests.fixtures.database import Databases
from workers.browser.chromium import can_sandbox, find_chromium

pytestmark = pytest.mark.integration

QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
ADDRESS = "http://report.test/"
READABLE = 4.5
EVIL_TITLE = "Smoke <img src=x onerror=document.title='owned'> test " + "wide" * 60


class AfterTheRun:
    """The links are made, and looked at, soon after the story ended."""

    def now(self):
        return after(90)


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for these tests; as root it cannot have a sandbox."""
    arguments = [*QUIET, *([] if can_sandbox() else ["--no-sandbox"])]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield chromium
        await chromium.close()


@pytest.fixture
async def answer(databases: Databases, tmp_path: Path):
    """Answers the browser's requests with a report and its pictures."""
    tenant = await make_tenant(databases)
    storage = EvidenceStorage(tmp_path / "evidence")
    picture = tmp_path / "picture.png"
    picture.write_bytes(png_bytes(1280, 720))
    run = await tell_story(tenant, storage, lambda _: picture, tmp_path, title=EVIL_TITLE)
    await plan_more_steps(tenant, run)
    signer = LinkSigner(b"k" * KEY_BYTES, AfterTheRun())
    reports = Reports(databases.app, storage, signer, AfterTheRun())
    html = await reports.make_page(tenant.workspace_id, run.id, after(3600))

    async def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        if not path:
            policy = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
            await route.fulfill(body=html, content_type="text/html", headers=policy)
        elif path.startswith("api/v1/evidence/"):
            assert signer.open(path.rsplit("/", 1)[1], LinkVerb.DOWNLOAD)
            await route.fulfill(path=picture, content_type="image/png")
        else:
            await route.abort()

    return answer


async def plan_more_steps(tenant: Tenant, run: Execution) -> None:
    """Let the tests of a run belong to one with more steps than anybody came to."""
    steps = [{"kind": "click", "selector": f"#part-{number}-{'x' * 99}"} for number in range(8)]
    mission = await make_mission_of(tenant, [await make_test(tenant, browser_test(steps=steps))])
    (planned,) = await children_of(tenant, await start(tenant, mission))
    async with tenant.begin() as uow:
        for child in await read_tree(uow.session, tenant.workspace_id, run.id, limit=99):
            if child.kind == "browser":
                child.subject_id = planned.subject_id


@asynccontextmanager
async def opened(browser: Browser, answer, width: int, scheme: str = "light"):
    """The report in a window of some width; what the browser complains about fails the test."""
    page = await browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    await page.route("**/*", answer)
    await page.goto(ADDRESS)
    yield page
    assert complaints == []
    await page.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_nothing_sticks_out_at_any_width(browser: Browser, answer, width: int):
    async with opened(browser, answer, width) as page:
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_what_failed_is_open_and_the_rest_folded(browser: Browser, answer):
    async with opened(browser, answer, 1280) as page:
        folded = page.locator("details", has_text="Log in to the back office")
        assert await page.get_by_text("What was considered").is_visible()
        assert not await folded.locator(".step").first.is_visible()
        await folded.locator("summary").click()
        assert await folded.locator(".step").first.is_visible()


async def test_pictures_are_shown(browser: Browser, answer):
    async with opened(browser, answer, 1280) as page:
        pictures = page.locator("details[open] img")
        assert await pictures.count() == 2
        for number in range(2):
            await pictures.nth(number).scroll_into_view_if_needed()
            await pictures.nth(number).evaluate("(one) => one.decode()")
            assert await pictures.nth(number).evaluate("(one) => one.naturalWidth") == 1280


async def test_nothing_in_a_report_runs(browser: Browser, answer):
    async with opened(browser, answer, 1280) as page:
        assert await page.title() == f"{EVIL_TITLE} · Failed · Metamorph"
        assert await page.locator("h1 img").count() == 0


async def test_paper_shows_everything_in_dark_ink(browser: Browser, answer):
    async with opened(browser, answer, 800, "dark") as page:
        await page.emulate_media(media="print", color_scheme="dark")
        steps = page.locator(".step")
        assert await steps.count() == 31
        for number in range(await steps.count()):
            assert await steps.nth(number).is_visible()
        assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(17, 17, 17)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("media", ["screen", "print"])
async def test_text_can_be_read_in_both_schemes(browser: Browser, answer, scheme: str, media: str):
    async with opened(browser, answer, 1280, scheme) as page:
        await page.emulate_media(media=media)
        contrasts = await page.evaluate(CONTRASTS)
        assert {"not reached", "healed", "2 attempts", "Canceled"} <= contrasts.keys()
        unreadable = {text: one for text, one in contrasts.items() if one < READABLE}
        assert len(contrasts) > 100
        assert unreadable == {}


async def test_every_picture_says_what_it_shows(browser: Browser, answer):
    async with opened(browser, answer, 1280) as page:
        texts = await page.locator("img").evaluate_all("(all) => all.map((one) => one.alt)")
        assert sum(text.startswith("Screenshot ") for text in texts) == 6
        assert [one for one in texts if not one.startswith("Screenshot ")] == [
            "The element before",
            "The element after",
        ]


async def test_no_page_break_goes_through_a_step(browser: Browser, answer):
    async with opened(browser, answer, 800) as page:
        await page.emulate_media(media="print")
        for whole in (".step", ".finding", "figure", ".timeline", ".attempts li", ".trouble"):
            style = await page.locator(whole).first.evaluate(
                "(one) => getComputedStyle(one).breakInside"
            )
            assert style == "avoid", whole


CONTRASTS = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const contrast = (node) => {
    let behind = node, opacity = 1;
    while ((parse(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0)
      behind = behind.parentElement;
    for (let one = node; one; one = one.parentElement) opacity *= getComputedStyle(one).opacity;
    const ground = parse(getComputedStyle(behind).backgroundColor);
    const ink = parse(getComputedStyle(node).color).slice(0, 3)
      .map((part, index) => part * opacity + ground[index] * (1 - opacity));
    const pair = [ink, ground].map(light).sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  };
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const found = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    if (!text || node.closest("svg") || !node.getClientRects().length) continue;
    found[text] = Math.min(found[text] ?? 99, contrast(node));
  }
  return found;
}"""
"""The WCAG 2 contrast of every text on the page with what is painted behind it, the least of each."""
