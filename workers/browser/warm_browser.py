"""One Chromium behind one guard, with a fresh context always at hand."""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from playwright.async_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    ViewportSize,
    async_playwright,
)

from workers.browser.arguments import list_arguments
from workers.browser.guard import NetworkGuard
from workers.browser.job import DEFAULT_VIEWPORT, BrowserEvent, BrowserJob, BrowserOutcome
from workers.browser.run import Run

_START_MS: Final = 30_000.0
_PREPARE_SECONDS: Final = 10.0


class WarmBrowser:
    """Runs one job at a time, each in a context that nothing else ever used.

    Making a context and a page takes about as long as ten clicks, so the next one is made while
    the browser waits for a job.
    """

    def __init__(self, playwright: Playwright, browser: Browser, guard: NetworkGuard) -> None:
        self._playwright = playwright
        self._browser = browser
        self._guard = guard
        self._spare: tuple[BrowserContext, Page] | None = None
        self._closing: asyncio.Future[None] | None = None
        self._run: Run | None = None
        self.gone = asyncio.Event()
        browser.on("disconnected", lambda _: self._on_gone())

    @classmethod
    async def start(cls, chromium: Path, *, sandbox: bool) -> Self:
        """Start Playwright, the guard and Chromium, and warm them up.

        Raises:
            playwright.async_api.Error: Chromium does not start.
        """
        guard = NetworkGuard()
        await guard.start()
        playwright = await async_playwright().start()
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=list_arguments(guard.port, sandbox=sandbox),
            chromium_sandbox=sandbox,
            headless=True,
            timeout=_START_MS,
        )
        warm = cls(playwright, browser, guard)
        await warm.prepare()
        return warm

    @property
    def version(self) -> str:
        """The version of Chromium."""
        return self._browser.version

    async def run(self, job: BrowserJob, emit: Callable[[BrowserEvent], None]) -> BrowserOutcome:
        """Carry out a job; afterwards nothing can be reached any more.

        Raises:
            playwright.async_api.Error: The browser is gone, and the run has not begun.
        """
        context, page = await self._take_context(job, emit)
        await page.evaluate("1")
        self._run = Run(job, context, page, self._guard, emit)
        self._guard.arm(self._run.allowed)
        try:
            outcome = await self._run.execute()
            if page.video is not None and not self.gone.is_set():
                await context.close()
                self._run.keep_video(await page.video.path(), outcome)
        finally:
            self._guard.disarm()
            self._run = None
            self._closing = asyncio.ensure_future(context.close())
        return outcome

    def stop_run(self) -> None:
        """Let the job that is being carried out end now, with its evidence."""
        if self._run is not None:
            self._run.stop()

    async def prepare(self) -> None:
        """Have a fresh context and page at hand, and the one before closed.

        Raises:
            TimeoutError: The browser does not answer any more.
            playwright.async_api.Error: The browser is gone.
        """
        async with asyncio.timeout(_PREPARE_SECONDS):
            if self._closing is not None:
                await self._closing
                self._closing = None
            if self._spare is None:
                self._spare = await self._make_context(DEFAULT_VIEWPORT)

    async def close(self) -> None:
        """Close Chromium and Playwright."""
        with contextlib.suppress(Error):
            await self._browser.close()
        await self._playwright.stop()
        await self._guard.stop()

    async def _take_context(
        self, job: BrowserJob, emit: Callable[[BrowserEvent], None]
    ) -> tuple[BrowserContext, Page]:
        if job.video != "never":
            try:
                return await self._make_context(job.viewport, tempfile.gettempdir())
            except Error:
                message = "There will be no video: run `playwright install ffmpeg` to get one."
                emit(BrowserEvent("log", 0.0, {"level": "warning", "message": message}))
        if job.viewport != DEFAULT_VIEWPORT or self._spare is None:
            return await self._make_context(job.viewport)
        spare, self._spare = self._spare, None
        return spare

    async def _make_context(
        self, viewport: tuple[int, int], video_directory: str | None = None
    ) -> tuple[BrowserContext, Page]:
        size = ViewportSize(width=viewport[0], height=viewport[1])
        context = await self._browser.new_context(
            viewport=size, record_video_dir=video_directory, accept_downloads=False
        )
        try:
            return context, await context.new_page()
        except Error:
            await context.close()
            raise

    def _on_gone(self) -> None:
        self.gone.set()
        if self._run is not None:
            self._run.lose_browser()
