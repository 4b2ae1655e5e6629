"""Whatever is killed, whenever: the run ends with a sentence and no process is left."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.workers.browser import processes
from tests.workers.browser.conftest import Ran, Runner
from tests.workers.browser.site import Answer, Site
from workers.browser import runner
from workers.browser.job import BrowserEvent, BrowserJob, BrowserOutcome, Json
from workers.browser.pool import BrowserPool, PoolSettings
from workers.browser.runner import run_browser_test
from workers.browser.seen import Seen

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

OPEN: Json = {"kind": "goto", "url": "/"}
WAIT: Json = {"kind": "wait_for", "selector": "#never", "timeout_seconds": 50}
LOOP = "<button id=hang onclick='for (;;);'>Hang</button>"
HELD = (
    "<button id=hang onclick=\"r = new XMLHttpRequest(); r.open('GET', '/held', false); r.send()\">"
    "Hang</button>"
)
"""Waits for its site and answers nobody meanwhile, as one in a loop, but leaves the processor alone."""


@pytest.fixture(scope="module")
async def survivor() -> AsyncIterator[BrowserPool]:
    """The pool that goes through all of this, with one browser at a time."""
    async with BrowserPool(PoolSettings(size=1, spares=0, grace_s=1.0)) as pool:
        yield pool
    assert processes.alive(pool.directory) == []
    assert not pool.directory.exists()


@pytest.fixture
async def pool(survivor: BrowserPool) -> BrowserPool:
    """The pool with a browser that waits; the one before it, if any, has left nothing."""
    await survivor.wait_until_warm()
    for one in (processes.CHILD, processes.NODE, processes.CHROMIUM):
        assert len(processes.find(survivor.directory, one)) == 1
    return survivor


@pytest.fixture(autouse=True)
def no_zombie() -> Iterator[None]:
    """No test leaves a dead process that nobody has taken note of."""
    before = processes.zombies_of(os.getpid())
    yield
    assert set(processes.zombies_of(os.getpid())) <= set(before)


each_victim = pytest.mark.parametrize(
    ("victim", "sentence"),
    [
        (processes.CHILD, "The browser process ended during the run: it was killed by signal 9."),
        (processes.NODE, "the browser stopped unexpectedly"),
        (processes.CHROMIUM, "the browser stopped unexpectedly"),
    ],
)


class Started:
    """Waits until a step of a run has begun."""

    def __init__(self, run: Runner, *steps: Json, **changes: object) -> None:
        self.job: BrowserJob = run.job(*steps, **changes)
        self.pool = run.pool
        self.begun = asyncio.Event()
        self.events: list[BrowserEvent] = []
        self.seen = Seen()
        running = run_browser_test(self.pool, self.job, self._on_event, self.seen)
        self.task = asyncio.create_task(running)

    async def _on_event(self, event: BrowserEvent) -> None:
        self.events.append(event)
        if event.kind == "step.started" and event.data["index"] == len(self.job.steps) - 1:
            self.begun.set()

    async def last_step(self) -> None:
        """Return when the last step has begun."""
        async with asyncio.timeout(30):
            await self.begun.wait()

    async def outcome(self) -> BrowserOutcome:
        """How it ended."""
        async with asyncio.timeout(30):
            return await self.task


async def kill(started: Started, victim: str, sentence: str) -> BrowserOutcome:
    """Kill what carries out a run: that is its end, and nothing is left."""
    directory = started.pool.directory
    before = processes.alive(directory)
    assert processes.kill(directory, victim) == 1
    outcome = await started.outcome()
    assert sentence in outcome.message
    assert outcome.status == "error"
    assert set(before) & set(processes.alive(directory)) == set()
    return outcome


async def assert_works(run: Runner, site: Site) -> None:
    """The pool carries out the next run as if nothing had happened."""
    site.show("<h1>Fine</h1>")
    ran: Ran = await run(OPEN, {"kind": "expect_text", "selector": "h1", "text": "Fine"})
    assert ran.outcome.message == ""


@each_victim
async def test_a_run_whose_browser_is_killed_is_an_error_and_the_next_one_works(
    run: Runner, site: Site, pool: BrowserPool, victim: str, sentence: str
) -> None:
    site.show("<h1>Hello</h1>")
    started = Started(run, OPEN, WAIT)
    await started.last_step()
    await kill(started, victim, sentence)
    await assert_works(run, site)


@each_victim
async def test_a_browser_that_is_killed_while_it_looks_at_an_element_decides_and_learns_nothing(
    run: Runner, site: Site, pool: BrowserPool, victim: str, sentence: str
) -> None:
    """The page holds the look: what it is asked for waits for an answer that never comes."""
    click: Json = {"kind": "click", "selector": "#go"}
    site.show("<button id=go>Go</button>")
    (learned,) = (await run(OPEN, click)).outcome.learned
    known = {"step_key": learned["step_key"], "url_pattern": "/", "element": learned}
    looked_at = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readline():
            looked_at.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        site.show(
            "<button id=go>Go</button><script>Object.defineProperty(go, 'getAttribute', { value() {"
            " const asking = new XMLHttpRequest();"
            f" asking.open('GET', 'http://{host}/', false); asking.send(); }} }})</script>"
        )
        hosts = (site.host, host)
        started = Started(run, OPEN, click, allowed_hosts=hosts, stored_elements=(known,))
        await started.last_step()
        async with asyncio.timeout(30):
            await looked_at.wait()
        outcome = await kill(started, victim, sentence)
    assert outcome.decisions == outcome.learned == ()
    assert started.seen.decisions == started.seen.learned == []
    await assert_works(run, site)


async def test_a_page_whose_renderer_is_killed_fails_the_step(
    run: Runner, site: Site, pool: BrowserPool
) -> None:
    site.show("<h1>Hello</h1>")
    started = Started(run, OPEN, WAIT)
    await started.last_step()
    assert processes.kill(pool.directory, processes.RENDERER) >= 1
    outcome = await started.outcome()
    assert outcome.status == "failed"
    assert outcome.message == 'Step 2 (wait for "#never"): the page crashed.'
    await assert_works(run, site)


async def test_a_page_that_never_answers_again_fails_the_step(
    run: Runner, site: Site, pool: BrowserPool
) -> None:
    site.show(HELD).answer("/held", Answer(is_held=True))
    ran = await run(OPEN, {"kind": "click", "selector": "#hang", "timeout_seconds": 1})
    assert ran.outcome.status == "failed"
    assert "the page does not answer any more" in ran.outcome.message
    assert any(event.kind == "log" for event in ran.events)
    await assert_works(run, site)


@pytest.mark.parametrize("body", ["<h1>Hello</h1>", LOOP])
async def test_a_run_that_uses_up_its_time_leaves_nothing_but_its_evidence(
    run: Runner, site: Site, pool: BrowserPool, body: str
) -> None:
    site.show(body)
    (before,) = processes.find(pool.directory, processes.CHROMIUM)
    last: Json = WAIT if body != LOOP else {**WAIT, "kind": "click", "selector": "#hang"}
    ran = await run(OPEN, last, timeout_s=2.0, trace="failure")
    assert before not in processes.alive(pool.directory)
    assert ran.outcome.timed_out
    assert ran.outcome.message == "The run used up its 2 s during step 2."
    kinds = [file.kind for file in ran.outcome.evidence]
    assert ("screenshot" in kinds) == (body != LOOP)
    assert "trace" in kinds
    await assert_works(run, site)


@pytest.mark.parametrize("stopped", [None, processes.CHILD, processes.CHROMIUM, processes.NODE])
async def test_a_run_that_is_cancelled_leaves_nothing(
    run: Runner, site: Site, pool: BrowserPool, stopped: str | None
) -> None:
    """Even when a process of it does not react to TERM because it is stopped."""
    site.show("<h1>Hello</h1>")
    started = Started(run, OPEN, WAIT)
    await started.last_step()
    before = processes.alive(pool.directory)
    if stopped is not None:
        assert processes.kill(pool.directory, stopped, signal.SIGSTOP) == 1
    started.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await started.outcome()
    assert set(before) & set(processes.alive(pool.directory)) == set()
    await assert_works(run, site)


async def test_a_run_that_is_cancelled_keeps_what_was_seen_until_then(
    run: Runner, site: Site, pool: BrowserPool
) -> None:
    site.show("<button id=go>Go</button>")
    started = Started(run, OPEN, {"kind": "click", "selector": "#go"}, WAIT, trace="failure")
    await started.last_step()
    started.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await started.outcome()
    (picture,) = started.seen.evidence
    assert (picture.kind, picture.name, picture.step_index) == ("screenshot", "stopped", 2)
    assert picture.path.stat().st_size > 0
    assert [one["step_index"] for one in started.seen.decisions] == [1]
    assert [one["step_index"] for one in started.seen.learned] == [1]
    ended = [one.data for one in started.events if one.kind == "step.finished"]
    assert [one["outcome"] for one in ended] == ["passed", "passed", "stopped"]
    assert ended[-1]["message"] == 'Step 3 (wait for "#never"): the run was asked to stop.'


async def test_a_run_whose_browser_is_killed_keeps_what_was_seen_until_then(
    run: Runner, site: Site, pool: BrowserPool
) -> None:
    site.show("<button id=go>Go</button>")
    look: Json = {"kind": "screenshot", "name": "before"}
    started = Started(run, OPEN, {"kind": "click", "selector": "#go"}, look, WAIT)
    await started.last_step()
    assert processes.kill(pool.directory, processes.CHILD) == 1
    outcome = await started.outcome()
    assert [file.name for file in outcome.evidence] == ["before"]
    assert [one["step_index"] for one in outcome.decisions] == [1]


async def test_a_browser_that_does_not_answer_when_time_is_up_keeps_what_was_seen(
    run: Runner, site: Site, pool: BrowserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_EVIDENCE_SECONDS", 0.5)
    site.show("<button id=go>Go</button>")
    look: Json = {"kind": "screenshot", "name": "before"}
    started = Started(run, OPEN, look, WAIT, timeout_s=2.0)
    await started.last_step()
    assert processes.kill(pool.directory, processes.CHILD, signal.SIGSTOP) == 1
    outcome = await started.outcome()
    assert outcome.timed_out
    assert "its browser did not answer any more" in outcome.message
    assert [file.name for file in outcome.evidence] == ["before"]
    await assert_works(run, site)


async def test_cancelling_again_does_not_shorten_the_killing(
    run: Runner, site: Site, pool: BrowserPool
) -> None:
    site.show("<h1>Hello</h1>")
    started = Started(run, OPEN, WAIT)
    await started.last_step()
    before = processes.alive(pool.directory)
    processes.kill(pool.directory, processes.CHILD, signal.SIGSTOP)
    while not started.task.done():
        started.task.cancel()
        await asyncio.sleep(0.05)
    assert started.task.cancelled()
    assert set(before) & set(processes.alive(pool.directory)) == set()


async def test_a_run_whose_events_are_not_wanted_any_more_is_killed(
    run: Runner, site: Site, pool: BrowserPool
) -> None:
    site.show("<h1>Hello</h1>")
    (before,) = processes.find(pool.directory, processes.CHILD)

    async def refuse(event: BrowserEvent) -> None:
        raise PermissionError("you were replaced")

    with pytest.raises(PermissionError, match="you were replaced"):
        await run_browser_test(pool, run.job(OPEN, WAIT), refuse)
    assert before not in processes.alive(pool.directory)
    await assert_works(run, site)


@pytest.mark.parametrize("victim", [processes.CHILD, processes.CHROMIUM, processes.NODE])
async def test_a_browser_that_dies_while_idle_costs_no_run(
    run: Runner, site: Site, pool: BrowserPool, victim: str
) -> None:
    (child,) = processes.find(pool.directory, processes.CHILD)
    assert processes.kill(pool.directory, victim) == 1
    await assert_works(run, site)
    assert child not in processes.alive(pool.directory)


async def test_no_secret_stands_in_any_argument_or_environment(
    run: Runner, site: Site, pool: BrowserPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METAMORPH_DATABASE_URL", "postgresql://secret-host/db")
    async with BrowserPool(PoolSettings(size=1, spares=0)) as fresh:
        await fresh.wait_until_warm()
        site.show("<input id=a>")
        secret: Json = {"kind": "fill", "selector": "#a", "value": "{{word}}"}
        started = Started(
            Runner(fresh, site, run.directory),
            OPEN,
            secret,
            WAIT,
            parameters={"word": "hunter22"},
            secret_parameter_names=frozenset({"word"}),
        )
        await started.last_step()
        tree = processes.alive(fresh.directory)
        told = [processes.read(pid, name) for pid in tree for name in ("cmdline", "environ")]
        started.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await started.outcome()
    assert len(tree) > 5
    assert not [text for text in told if "hunter22" in text or "secret-host" in text]
