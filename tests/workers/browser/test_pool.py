"""The pool: warm browsers, replaced in time; nothing outlives the worker; leftovers are swept."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop

from tests.workers.browser import processes
from tests.workers.browser.conftest import Runner
from tests.workers.browser.site import Site
from workers.browser.chromium import find_chromium
from workers.browser.directories import PoolDirectory, sweep_orphans
from workers.browser.job import BrowserEvent, Json
from workers.browser.pool import BrowserPool, PoolSettings
from workers.browser.runner import run_browser_test

pytestmark = [pytest.mark.integration, pytest.mark.heavy]

OPEN: Json = {"kind": "goto", "url": "/"}


@pytest.fixture(autouse=True)
def hello(site: Site) -> None:
    """A page to open."""
    site.show("<h1>Hello</h1>")


@asynccontextmanager
async def pool_of(**settings: object) -> AsyncIterator[BrowserPool]:
    """A warm pool that must leave nothing behind."""
    defaults: dict[str, object] = {"size": 1, "spares": 0, "grace_s": 1.0}
    async with BrowserPool(PoolSettings(**{**defaults, **settings})) as pool:  # type: ignore[arg-type]
        await pool.wait_until_warm()
        yield pool
    assert processes.alive(pool.directory) == []
    assert not pool.directory.exists()


def children(pool: BrowserPool) -> set[int]:
    """The browser processes of a pool."""
    return set(processes.find(pool.directory, processes.CHILD))


async def test_a_browser_serves_many_runs_and_is_then_replaced(site: Site, tmp_path: Path) -> None:
    async with pool_of(max_runs=2) as pool:
        run = Runner(pool, site, tmp_path)
        used = []
        for _ in range(4):
            used.append(children(pool))
            assert (await run(OPEN)).outcome.message == ""
            await pool.wait_until_warm()
        assert used[0] == used[1]
        assert used[2] == used[3]
        assert used[0].isdisjoint(used[2])


async def test_a_spare_takes_over_at_once(site: Site, tmp_path: Path) -> None:
    async with pool_of(spares=1, max_runs=1) as pool:
        before = children(pool)
        assert len(before) == 2
        run = Runner(pool, site, tmp_path)
        assert [(await run(OPEN)).outcome.status for _ in range(3)] == ["passed"] * 3
        await pool.wait_until_warm()
        assert len(children(pool) - before) == 2


async def test_as_many_runs_go_on_at_once_as_there_are_slots(site: Site, tmp_path: Path) -> None:
    async with pool_of(size=2) as pool:
        run = Runner(pool, site, tmp_path)
        begun: list[str] = []
        both, release = asyncio.Event(), asyncio.Event()

        async def start(name: str) -> None:
            async def hold(event: BrowserEvent) -> None:
                if event.kind == "step.started":
                    begun.append(name)
                    if len(begun) == 2:
                        both.set()
                    await release.wait()

            await run_browser_test(pool, run.job(OPEN, run_id=name), hold)

        async with asyncio.timeout(60), asyncio.TaskGroup() as runs:
            for name in "abc":
                runs.create_task(start(name))
            await both.wait()
            assert sorted(begun) == ["a", "b"]
            release.set()
        assert sorted(begun) == ["a", "b", "c"]


async def test_a_pool_that_is_closed_in_the_middle_of_everything_leaves_nothing(
    site: Site, tmp_path: Path
) -> None:
    """While it starts browsers, and right after it got one back."""
    async with BrowserPool(PoolSettings(size=2, spares=1, grace_s=0.5)) as early:
        await asyncio.sleep(0)
    assert processes.wait_until_gone(early.directory, 0) == []
    async with pool_of() as pool:
        assert (await Runner(pool, site, tmp_path)(OPEN)).outcome.message == ""


def test_the_pool_keeps_its_promises_on_the_loop_that_workers_use(
    site: Site, tmp_path: Path
) -> None:
    async def use_pools() -> list[str]:
        async with BrowserPool(PoolSettings(size=2, spares=1, grace_s=0.5)) as early:
            await asyncio.sleep(0)
        assert processes.alive(early.directory) == []
        async with pool_of() as pool:
            run = Runner(pool, site, tmp_path)
            begun = asyncio.Event()

            async def note(event: BrowserEvent) -> None:
                begun.set()

            wait: Json = {"kind": "wait_for", "selector": "#never", "timeout_seconds": 50}
            task = asyncio.create_task(run_browser_test(pool, run.job(OPEN, wait), note))
            await begun.wait()
            before = children(pool)
            task.cancel()
            await asyncio.wait({task})
            assert task.cancelled()
            assert before.isdisjoint(children(pool))
            return [(await run(OPEN)).outcome.message for _ in range(2)]

    assert uvloop.run(use_pools()) == ["", ""]


async def test_contexts_are_fresh_for_every_run(site: Site, tmp_path: Path) -> None:
    site.show(
        "<p id=out></p><script>out.textContent = document.cookie + localStorage.getItem('k');"
        "document.cookie = 'k=v'; localStorage.setItem('k', 'v');</script>"
    )
    async with pool_of() as pool:
        run = Runner(pool, site, tmp_path)
        fresh: Json = {"kind": "expect_text", "selector": "#out", "text": "null"}
        for viewport in ((1280, 720), (1280, 720), (640, 480)):
            assert (await run(OPEN, fresh, viewport=viewport)).outcome.message == ""


async def test_a_pool_without_slots_starts_nothing() -> None:
    async with pool_of(size=0, spares=1) as pool:
        assert processes.alive(pool.directory) == []


async def test_a_missing_chromium_is_an_error_with_advice_and_the_pool_lives_on(
    site: Site, tmp_path: Path
) -> None:
    wanted = tmp_path / "chromium"
    async with pool_of(chromium=str(wanted)) as pool:
        run = Runner(pool, site, tmp_path)
        missing = await run(OPEN)
        assert missing.outcome.status == "error"
        assert f"METAMORPH_CHROMIUM names {wanted}, which cannot be run" in missing.outcome.message
        assert "metamorph doctor" in missing.outcome.message
        assert missing.events == []
        wanted.symlink_to(find_chromium())
        assert (await run(OPEN)).outcome.message == ""


@pytest.mark.parametrize(
    ("script", "seconds", "sentence"),
    [
        ("exit 1", 60, "Chromium could not start: "),
        ("echo 'No usable sandbox!' >&2; exit 1", 60, "could not start its sandbox"),
        (
            "echo 'chrome: error while loading shared libraries: libnss3.so: no' >&2; exit 127",
            60,
            "libnss3.so is missing",
        ),
        ("exec sleep 100", 2, "Chromium did not start within 2 s"),
    ],
)
async def test_a_chromium_that_does_not_start_is_an_error_in_plain_words(
    site: Site, tmp_path: Path, script: str, seconds: float, sentence: str
) -> None:
    broken = tmp_path / "chromium"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    async with pool_of(chromium=str(broken), start_timeout_s=seconds) as pool:
        ran = await Runner(pool, site, tmp_path)(OPEN)
        assert ran.outcome.status == "error"
        assert sentence in ran.outcome.message
        assert "\n" not in ran.outcome.message
        assert processes.find(pool.directory, processes.CHILD) == []


WORKER = """
import sys
from pathlib import Path
import uvloop
from workers.browser.job import BrowserJob
from workers.browser.pool import BrowserPool, PoolSettings
from workers.browser.runner import run_browser_test

async def main(url, evidence):
    pool = BrowserPool(PoolSettings(size=1, spares=1))
    await pool.start()
    await pool.wait_until_warm()
    steps = ({"kind": "goto", "url": url}, {"kind": "wait_for", "selector": "#never"})
    async def tell(event):
        if event.kind == "step.started" and event.data["index"] == 1:
            print(pool.directory, pool.watchdog_pid, flush=True)
    job = BrowserJob("r", steps, Path(evidence), ("127.0.0.1",), step_timeout_s=100.0)
    await run_browser_test(pool, job, tell)

uvloop.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def pools() -> Iterator[Path]:
    """A directory for pools that no other test sweeps; short, because sockets lie below it."""
    with tempfile.TemporaryDirectory(prefix="mm-", dir="/tmp") as directory:
        yield Path(directory)


@pytest.fixture
def worker(
    site: Site, tmp_path: Path, pools: Path
) -> Iterator[tuple[subprocess.Popen[str], Path, int]]:
    """A worker process in the middle of a run; its pool's directory and watchdog."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, site.url, str(tmp_path)],
        env={**os.environ, "TMPDIR": str(pools)},
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdout is not None
        directory, _, watchdog = process.stdout.readline().strip().partition(" ")
        yield process, Path(directory), int(watchdog)
        process.kill()
    sweep_orphans(pools)
    assert processes.wait_until_gone(Path(directory)) == []


@pytest.mark.parametrize("stopped", [[], [processes.CHROMIUM], [processes.NODE, processes.CHILD]])
def test_nothing_outlives_a_worker_that_is_killed(
    worker: tuple[subprocess.Popen[str], Path, int], stopped: list[str]
) -> None:
    """Not even what cannot end by itself because it is stopped."""
    process, directory, watchdog = worker
    assert len(processes.alive(directory)) > 10
    for part in stopped:
        assert processes.kill(directory, part, signal.SIGSTOP) == 2
    process.kill()
    process.wait()
    assert processes.wait_until_gone(directory) == []
    while processes.read(watchdog, "cmdline"):
        time.sleep(0.02)
    assert not directory.exists()


def test_nothing_outlives_a_worker_that_is_told_to_end(
    worker: tuple[subprocess.Popen[str], Path, int],
) -> None:
    process, directory, _ = worker
    process.terminate()
    process.wait()
    assert processes.wait_until_gone(directory) == []


def test_what_even_the_watchdog_could_not_kill_is_swept_by_the_next_worker(
    worker: tuple[subprocess.Popen[str], Path, int], pools: Path
) -> None:
    process, directory, watchdog = worker
    processes.kill(directory, processes.CHROMIUM, signal.SIGSTOP)
    os.kill(watchdog, signal.SIGKILL)
    process.kill()
    process.wait()
    assert processes.find(directory, processes.CHROMIUM)
    assert sweep_orphans(pools) == [directory]
    assert processes.alive(directory) == []
    assert not directory.exists()


def test_a_sweep_leaves_alone_what_has_an_owner_or_belongs_to_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owned = PoolDirectory.create()
    parent = owned.path.parent
    abandoned = PoolDirectory.create()
    os.close(abandoned._lock)
    link = parent / "metamorph-browser-link0000"
    link.symlink_to(tmp_path)
    (tmp_path / "owner.lock").touch()
    try:
        swept = sweep_orphans()
        assert abandoned.path in swept
        assert owned.path not in swept
        assert link not in swept
        assert owned.path.is_dir()
        assert tmp_path.is_dir()
    finally:
        link.unlink()
        owned.remove()


def test_a_directory_whose_path_is_too_long_for_a_socket_is_not_used(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 60)
    long.mkdir()
    directory = PoolDirectory.create(long)
    try:
        child = directory.make_child()
        assert len(f"{child}/org.chromium.Chromium.XXXXXX/SingletonSocket") <= 107
    finally:
        directory.remove()
    assert not directory.path.exists()
