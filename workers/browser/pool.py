"""Warm browser processes, so that a run rarely waits for a browser to start."""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import structlog

from workers.browser import browser_process
from workers.browser.browser_process import BrowserProcess, BrowserUnavailableError
from workers.browser.chromium import ChromiumMissingError, can_sandbox, find_chromium
from workers.browser.directories import PoolDirectory, sweep_orphans
from workers.browser.process_tree import ProcessTree, adopt_orphans
from workers.browser.uninterrupted import finish

_LOG: Final = structlog.get_logger()
_RECYCLE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How many browsers, and how they are treated.

    Attributes:
        size: Runs at the same time; with 0 nothing is started.
        spares: Warm processes kept beyond that, for when one has to be replaced.
        max_runs: Runs after which a process is replaced.
        grace_s: Seconds between TERM and KILL.
        chromium: Path or name of the browser; found by itself if empty.
        sandbox: Whether Chromium is sandboxed; by default unless the user is root.
        parent_directory: Where private directories are made; the temporary directory if `None`.
            One whose path is longer than 24 bytes is not used: Chromium's socket would not fit.
        start_timeout_s: Seconds that a browser may take to become warm.
    """

    size: int = 1
    spares: int = 1
    max_runs: int = 50
    grace_s: float = 5.0
    chromium: str = ""
    sandbox: bool | None = None
    parent_directory: Path | None = None
    start_timeout_s: float = 60.0


class BrowserPool:
    """Belongs to one event loop, in whose thread its processes are started.

    A process that is lent out is used by nobody else. It comes back by `give_back`, or ends by
    `retire`. When the worker ends, however it ends, its browsers end too: they are told by the
    kernel, and a watchdog kills what does not listen.
    """

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.size)
        self._idle: deque[BrowserProcess] = deque()
        self._lent: set[BrowserProcess] = set()
        self._coming: set[asyncio.Task[BrowserProcess]] = set()
        self._started: set[BrowserProcess] = set()
        self._ending: dict[BrowserProcess, asyncio.Task[None]] = {}
        self._directory: PoolDirectory | None = None
        self._watchdog: asyncio.subprocess.Process | None = None
        self._closed = False

    @property
    def settings(self) -> PoolSettings:
        """As it was made."""
        return self._settings

    @property
    def directory(self) -> Path:
        """The private directory, whose path marks every process of the pool."""
        assert self._directory is not None
        return self._directory.path

    @property
    def watchdog_pid(self) -> int:
        """The process that clears up when this one is killed."""
        assert self._watchdog is not None
        return self._watchdog.pid

    async def start(self) -> None:
        """Clear up after workers that died, then begin to warm browsers; does not wait for them."""
        adopt_orphans()
        swept = await asyncio.to_thread(sweep_orphans, self._settings.parent_directory)
        if swept:
            _LOG.warning("browsers_of_dead_workers_swept", directories=[str(one) for one in swept])
        self._directory = PoolDirectory.create(self._settings.parent_directory)
        self._watchdog = await _start_watchdog(self._directory.path)
        self._replenish()

    async def wait_until_warm(self) -> None:
        """Wait until all browsers that are being started are ready, or have failed."""
        while self._coming:
            await asyncio.wait(self._coming)

    async def close(self) -> None:
        """End every process and remove the private directory."""
        self._closed = True
        coming = list(self._coming)
        for task in coming:
            task.cancel()
        await asyncio.gather(*coming, return_exceptions=True)
        ending = [self._end(browser, self._settings.grace_s) for browser in tuple(self._started)]
        self._idle.clear()
        self._lent.clear()
        await asyncio.gather(*ending, return_exceptions=True)
        if self._directory is not None:
            # What was cancelled in the middle of being started is known by its mark alone.
            await ProcessTree(str(self._directory.path)).kill(0)
            await self._end_watchdog()
            await asyncio.to_thread(self._directory.remove)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def take(self) -> BrowserProcess:
        """A warm process for one run; waits for a free slot.

        Raises:
            BrowserUnavailableError: No browser can be started.
        """
        await self._slots.acquire()
        try:
            browser = await self._take_warm()
        except BaseException:
            self._slots.release()
            raise
        self._lent.add(browser)
        self._replenish()
        return browser

    def give_back(self, browser: BrowserProcess) -> None:
        """A run is over; the process makes itself ready for the next one, or is replaced."""
        self._lent.discard(browser)
        self._slots.release()
        if self._closed or browser.runs >= self._settings.max_runs:
            self._end(browser, self._settings.grace_s)
            self._replenish()
        else:
            self._expect(self._recycle(browser))

    async def retire(self, browser: BrowserProcess) -> None:
        """End a process with everything below it; returns when nothing of it is left.

        Goes on to the end even when the caller is cancelled meanwhile.
        """
        try:
            _, cancelled = await finish(self._end(browser, self._settings.grace_s))
        finally:
            if browser in self._lent:
                self._lent.discard(browser)
                self._slots.release()
            self._replenish()
        if cancelled:
            raise asyncio.CancelledError

    async def _take_warm(self) -> BrowserProcess:
        while True:
            while self._idle:
                browser = self._idle.popleft()
                if browser.alive:
                    return browser
                self._end(browser, 0)
            if not self._coming:
                self._expect(self._start_browser())
            done, _ = await asyncio.wait(self._coming, return_when=asyncio.FIRST_COMPLETED)
            failures = [error for task in done if (error := task.exception()) is not None]
            if failures and not self._idle and not self._coming:
                raise failures[0]

    def _replenish(self) -> None:
        wanted = self._settings.size + self._settings.spares if self._settings.size else 0
        there = len(self._idle) + len(self._lent) + len(self._coming)
        if not self._closed:
            for _ in range(wanted - there):
                self._expect(self._start_browser())

    def _expect(self, coming: Coroutine[None, None, BrowserProcess]) -> None:
        task = asyncio.create_task(coming)
        self._coming.add(task)
        task.add_done_callback(self._arrive)

    def _arrive(self, task: asyncio.Task[BrowserProcess]) -> None:
        self._coming.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._idle.append(task.result())
        else:
            # Not started again by itself: the next run that needs one tries, and is told.
            _LOG.warning("browser_not_started", reason=str(error))

    async def _start_browser(self) -> BrowserProcess:
        settings = self._settings
        try:
            chromium = find_chromium(settings.chromium)
        except ChromiumMissingError as error:
            raise BrowserUnavailableError(str(error)) from error
        sandbox = can_sandbox() if settings.sandbox is None else settings.sandbox
        assert self._directory is not None
        browser = await BrowserProcess.start(
            self._directory.make_child(),
            chromium,
            sandbox=sandbox,
            timeout_s=settings.start_timeout_s,
        )
        self._started.add(browser)
        return browser

    async def _recycle(self, browser: BrowserProcess) -> BrowserProcess:
        try:
            async with asyncio.timeout(_RECYCLE_SECONDS):
                await browser.wait_until_ready()
        except (BrowserUnavailableError, TimeoutError):
            await self._end(browser, 0)
            return await self._start_browser()
        return browser

    def _end(self, browser: BrowserProcess, grace_s: float) -> asyncio.Task[None]:
        """Begin to end a process, unless that has begun already."""
        if browser not in self._ending:
            task = asyncio.create_task(browser.destroy(grace_s))
            self._ending[browser] = task
            task.add_done_callback(lambda _: self._forget(browser))
        return self._ending[browser]

    def _forget(self, browser: BrowserProcess) -> None:
        self._started.discard(browser)
        del self._ending[browser]

    async def _end_watchdog(self) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
            await self._watchdog.wait()


async def _start_watchdog(directory: Path) -> asyncio.subprocess.Process:
    watchdog = await asyncio.create_subprocess_exec(
        sys.executable,
        "-S",
        "-m",
        "workers.browser.watchdog",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": browser_process.find_import_root()},
        start_new_session=True,
    )
    assert watchdog.stdin is not None
    watchdog.stdin.write(os.fsencode(directory) + b"\n")
    await watchdog.stdin.drain()
    return watchdog
