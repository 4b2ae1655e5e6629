"""The browser: the demo's scenario with a warm cache, against the same clicks in plain Playwright,
and against the run that learned its elements from a language model.

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
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from benchmarks.references.plain_playwright import NEW_PASSWORD, PLAIN, USERNAME, log_in
from benchmarks.references.replayed_model import in_other_words, replayed_model
from benchmarks.report import Case, at_most, write
from domain.shared.settings import Settings
from e2e.demo.__main__ import Target, free_port
from e2e.demo.scenario import TESTS, DemoTest
from e2e.demo.site import BEFORE, serve
from workers.browser.chromium import find_chromium
from workers.browser.job import BrowserEvent, BrowserJob, BrowserOutcome
from workers.browser.llm.endpoint import Endpoint
from workers.browser.pool import BrowserPool
from workers.browser.runner import run_browser_test
from workers.main import describe_pool

ROUNDS = 7
REPEATED = at_most(3000)
"""One to three seconds for a test that has run before."""
LITTLE_MORE = at_most(1.15, of="ratio")
A_FIFTH = at_most(0.2, of="ratio")
"""Of the time that a run takes which asks a language model for every element."""
DIRECTORY = Path("var/demo")
FLAGS = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-sandbox"]

Stored = tuple[Mapping[str, object], ...]
Elements = dict[str, Stored]


def run() -> None:
    """Measure and report."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    target = Target(free_port(), secrets.token_urlsafe(12))
    with serve(BEFORE, target.port, target.password, DIRECTORY):
        ours, plain = asyncio.run(measure(target))
        learning = asyncio.run(measure_learning(target))
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
    learned = Case("after a language model", learning[1], learning[0], "ms", A_FIFTH)
    write("browser", "Browser: second run of the demo", [total, *cases, learned])


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
                stored = elements[test.name]
                ours[test.name].append(await time_ours(pool, target, test, stored))
            for test in TESTS:
                plain[test.name].append(await time_plain(browser, target, test))
        await browser.close()
    return ours, plain


async def measure_learning(target: Target) -> tuple[float, float]:
    """Milliseconds of all tests in other words: asking a model for each element, and then not."""
    tests = [replace(test, steps=in_other_words(test.steps)) for test in TESTS]
    with replayed_model() as model:
        async with BrowserPool(describe_pool(Settings())) as pool:
            begin = time.perf_counter()
            known = await learn(pool, target, tests, model)
            asked = time.perf_counter() - begin
            spent = [await time_ours(pool, target, one, known[one.name], model) for one in tests]
    return asked * 1000, sum(spent)


async def learn(
    pool: BrowserPool,
    target: Target,
    tests: Sequence[DemoTest] = TESTS,
    model: Endpoint | None = None,
) -> Elements:
    """The first run: what the cache knows afterwards."""
    known: Elements = {}
    for test in tests:
        outcome = await run_test(pool, target, test, (), model)
        known[test.name] = tuple(
            {
                "step_key": one["step_key"],
                "url_pattern": one.get("url_pattern", ""),
                "element": one.get("element", one),
            }
            for one in outcome.learned
        )
    return known


async def time_ours(
    pool: BrowserPool, target: Target, test: DemoTest, stored: Stored, model: Endpoint | None = None
) -> float:
    """One test through the product."""
    begin = time.perf_counter()
    await run_test(pool, target, test, stored, model)
    return (time.perf_counter() - begin) * 1000


async def run_test(
    pool: BrowserPool, target: Target, test: DemoTest, stored: Stored, model: Endpoint | None = None
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
            llm=model,
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
