"""The browser: the demo's scenario with a warm cache, against the same clicks in plain Playwright.

Both sides have a warm Chromium and open a new context for every test. Ours is what a worker does
with its own pool between claim and end: the network guard, element verification, events and
evidence files; the claim before and the rows after are measured by `benchmarks.engine`. Rounds
alternate, and the median of each test counts.
"""

import asyncio
import secrets
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from benchmarks.references.plain_playwright import NEW_PASSWORD, PLAIN, USERNAME, log_in
from benchmarks.report import Case, at_most, write
from domain.shared.settings import Settings
from e2e.demo.__main__ import Target, free_port
from e2e.demo.scenario import TESTS, DemoTest
from e2e.demo.site import BEFORE, serve
from workers.browser.chromium import find_chromium
from workers.browser.job import BrowserEvent, BrowserJob, BrowserOutcome
from workers.browser.pool import BrowserPool
from workers.browser.runner import run_browser_test
from workers.main import describe_pool

ROUNDS = 7
REPEATED = at_most(3000)
"""One to three seconds for a test that has run before."""
LITTLE_MORE = at_most(1.3, of="ratio")
DIRECTORY = Path("var/demo")
FLAGS = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-sandbox"]

Elements = dict[str, tuple[Mapping[str, object], ...]]


def run() -> None:
    """Measure and report."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    target = Target(free_port(), secrets.token_urlsafe(12))
    with serve(BEFORE, target.port, target.password, DIRECTORY):
        ours, plain = asyncio.run(measure(target))
    cases = [
        Case(name, statistics.median(ours[name]), statistics.median(plain[name]), "ms", REPEATED)
        for name in (test.name for test in TESTS)
    ]
    total = Case(
        "all six tests",
        sum(case.ours for case in cases),
        sum(case.reference for case in cases),
        "ms",
        LITTLE_MORE,
    )
    write("browser", "Browser: second run of the demo", [total, *cases])


async def measure(target: Target) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Milliseconds of each test in each round, ours and plain."""
    ours: dict[str, list[float]] = {test.name: [] for test in TESTS}
    plain: dict[str, list[float]] = {test.name: [] for test in TESTS}
    async with (
        BrowserPool(describe_pool(Settings())) as pool,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=str(find_chromium()), args=FLAGS)
        elements = await learn(pool, target)
        for _ in range(ROUNDS):
            for test in TESTS:
                ours[test.name].append(await time_ours(pool, target, test, elements))
            for test in TESTS:
                plain[test.name].append(await time_plain(browser, target, test))
        await browser.close()
    return ours, plain


async def learn(pool: BrowserPool, target: Target) -> Elements:
    """The first run: what the cache knows afterwards."""
    known: Elements = {}
    for test in TESTS:
        outcome = await run_test(pool, target, test, ())
        known[test.name] = tuple(
            {
                "step_key": one["step_key"],
                "url_pattern": one.get("url_pattern", ""),
                "element": one.get("element", one),
            }
            for one in outcome.learned
        )
    return known


async def time_ours(pool: BrowserPool, target: Target, test: DemoTest, elements: Elements) -> float:
    """One test through the product."""
    begin = time.perf_counter()
    await run_test(pool, target, test, elements[test.name])
    return (time.perf_counter() - begin) * 1000


async def run_test(
    pool: BrowserPool, target: Target, test: DemoTest, stored: tuple[Mapping[str, object], ...]
) -> BrowserOutcome:
    """Run one test, which must pass."""
    values = {
        "admin_password": target.password,
        "new_password": NEW_PASSWORD,
        "username": USERNAME,
    }
    secret = {"admin_password", "new_password"}

    events: list[BrowserEvent] = []

    async def note(event: BrowserEvent) -> None:
        events.append(event)

    with tempfile.TemporaryDirectory() as directory:
        job = BrowserJob(
            run_id="bench",
            steps=tuple(test.steps),
            evidence_dir=Path(directory),
            allowed_hosts=(target.host,),
            base_url=f"http://{target.host}",
            parameters={name: values[name] for name in test.parameters},
            secret_parameter_names=frozenset(secret & set(test.parameters)),
            stored_elements=stored,
        )
        outcome = await run_browser_test(pool, job, note)
    if outcome.status != "passed":
        raise RuntimeError(f"{test.name}: {outcome.message}")
    return outcome


async def time_plain(browser: Browser, target: Target, test: DemoTest) -> float:
    """One test by hand."""
    base = f"http://{target.host}"
    begin = time.perf_counter()
    context = await browser.new_context(viewport={"width": 1280, "height": 720})
    page = await context.new_page()
    await log_in(page, base, target.password)
    await PLAIN[test.name](page, base)
    await context.close()
    return (time.perf_counter() - begin) * 1000
