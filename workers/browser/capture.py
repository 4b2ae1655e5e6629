"""Collects what a run leaves behind: console, network failures, pictures, trace, video."""

import asyncio
import base64
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import orjson
from playwright.async_api import (
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    WebError,
)

from workers.browser.addresses import split_place
from workers.browser.guard import NetworkGuard
from workers.browser.job import EvidenceFile
from workers.browser.masking import SecretMask
from workers.browser.veil import veiled

_MOST_LINES: Final = 5_000
_LONGEST_LINE: Final = 4_000
_MOST_FAILURES: Final = 1_000
_HTTP_ERROR: Final = 400
_PICTURE_MS: Final = 10_000.0
# What Chromium asks for by itself, in spite of all switches. It is refused like everything else,
# but listed only when a page asked for it as well.
_CHROMIUM_SERVICES: Final = frozenset(
    {
        "accounts.google.com",
        "android.clients.google.com",
        "chromewebstore.googleapis.com",
        "clients2.google.com",
        "clientservices.googleapis.com",
        "content-autofill.googleapis.com",
        "dl.google.com",
        "edgedl.me.gvt1.com",
        "mtalk.google.com",
        "optimizationguide-pa.googleapis.com",
        "redirector.gvt1.com",
        "safebrowsing.googleapis.com",
        "update.googleapis.com",
        "www.google.com",
    }
)
_FONTS_MS: Final = 1_000
_FONTS_SCRIPT: Final = """(most) => Promise.race([
  document.fonts.ready.then(() => true), new Promise((done) => setTimeout(done, most)),
])"""
_COVER: Final = "#dcdce0"


class Capture:
    """What was seen during one run, free of secrets before it reaches a file."""

    def __init__(
        self,
        directory: Path,
        mask: SecretMask,
        secrets: tuple[str, ...],
        guard: NetworkGuard,
        announce: Callable[[EvidenceFile], None],
    ) -> None:
        self._directory = directory
        self._mask = mask
        self._secrets = secrets
        self._guard = guard
        self._announce = announce
        self._began = time.monotonic()
        self._lines: list[str] = []
        self._failed: list[dict[str, object]] = []
        self._errors: list[dict[str, object]] = []
        self._names: Counter[str] = Counter()
        self._sessions: dict[Page, CDPSession] = {}
        self.files: list[EvidenceFile] = []

    def attach(self, context: BrowserContext) -> None:
        """Start to listen to everything that happens in a context."""
        context.on("console", self._on_console)
        context.on("weberror", self._on_web_error)
        context.on("requestfailed", self._on_request_failed)
        context.on("response", self._on_response)

    def note(self, line: str) -> None:
        """Add a line to the console log."""
        if len(self._lines) < _MOST_LINES:
            elapsed = time.monotonic() - self._began
            self._lines.append(f"{elapsed:9.3f} {self._mask.text(line)[:_LONGEST_LINE]}")

    async def take_picture(
        self,
        page: Page,
        name: str,
        step_index: int | None,
        full_page: bool = False,
        timeout_ms: float = _PICTURE_MS,
    ) -> None:
        """Keep a picture of the page in which no secret can be read.

        Raises:
            TimeoutError: The page does not answer.
            playwright.async_api.Error: The page cannot be drawn.
        """
        path = self._choose_path(name, "png", step_index)
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                await self._draw(page, path, full_page, timeout_ms)
        except Error:
            self._sessions.pop(page, None)
            raise
        self.add(path, "screenshot", "image/png", name, step_index)

    async def _draw(self, page: Page, path: Path, full_page: bool, timeout_ms: float) -> None:
        session, _ = await asyncio.gather(
            self._open_session(page), page.evaluate(_FONTS_SCRIPT, _FONTS_MS)
        )
        async with veiled(page, session, self._secrets) as covered:
            if covered or full_page:
                await page.screenshot(
                    path=path,
                    full_page=full_page,
                    timeout=timeout_ms,
                    mask=covered,
                    mask_color=_COVER,
                )
            else:
                await _draw_window(session, path)

    async def _open_session(self, page: Page) -> CDPSession:
        """The way to the browser's own protocol, which stays open as long as the page does."""
        session = self._sessions.get(page)
        if session is None:
            session = self._sessions[page] = await page.context.new_cdp_session(page)
        return session

    def write_logs(self) -> None:
        """Write the console log and the network failures, where there are any."""
        if self._lines:
            path = self._choose_path("console", "txt", None)
            path.write_text("\n".join(self._lines) + "\n", encoding="utf-8")
            self.add(path, "console", "text/plain; charset=utf-8", "console")
        network = self._describe_network()
        if any(network.values()):
            path = self._choose_path("network", "json", None)
            path.write_bytes(orjson.dumps(self._mask.json(network), option=orjson.OPT_INDENT_2))
            self.add(path, "network", "application/json", "network")

    def add(
        self,
        path: Path,
        kind: Literal["screenshot", "console", "network", "trace", "video"],
        content_type: str,
        name: str,
        step_index: int | None = None,
    ) -> None:
        """Announce a file that has been written."""
        file = EvidenceFile(path, kind, content_type, self._mask.text(name), step_index)
        self.files.append(file)
        self._announce(file)

    def _describe_network(self) -> dict[str, object]:
        asked = {split_place(str(one["url"])) for one in self._failed}
        blocked = Counter(
            (one.host, one.port, one.reason)
            for one in self._guard.refusals
            if one.host not in _CHROMIUM_SERVICES or (one.host, one.port) in asked
        )
        return {
            "blocked": [
                {"host": host, "port": port, "reason": reason, "times": times}
                for (host, port, reason), times in blocked.items()
            ],
            "failed": self._failed,
            "errors": self._errors,
        }

    def _choose_path(self, name: str, suffix: str, step_index: int | None) -> Path:
        """A path that no other file of the run has and that holds no secret."""
        safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in self._mask.text(name))
        stem = safe if step_index is None else f"{step_index + 1:02d}-{safe}"
        self._names[f"{stem}.{suffix}"] += 1
        times = self._names[f"{stem}.{suffix}"]
        return self._directory / (f"{stem}.{suffix}" if times == 1 else f"{stem}-{times}.{suffix}")

    def _on_console(self, message: ConsoleMessage) -> None:
        self.note(f"[{message.type}] {message.text}")

    def _on_web_error(self, error: WebError) -> None:
        self.note(f"[exception] {error.error}")

    def _on_request_failed(self, request: Request) -> None:
        if len(self._failed) >= _MOST_FAILURES:
            return
        place = split_place(request.url)
        known = None if place is None else self._guard.find_problem(*place)
        self._failed.append(
            {
                "method": request.method,
                "url": self._mask.text(request.url)[:_LONGEST_LINE],
                "type": request.resource_type,
                "reason": known or request.failure or "",
            }
        )

    def _on_response(self, response: Response) -> None:
        if response.status >= _HTTP_ERROR and len(self._errors) < _MOST_FAILURES:
            request = response.request
            self._errors.append(
                {
                    "method": request.method,
                    "url": self._mask.text(response.url)[:_LONGEST_LINE],
                    "type": request.resource_type,
                    "status": response.status,
                }
            )


async def _draw_window(session: CDPSession, path: Path) -> None:
    """Draw what the window shows, twice as fast as Playwright does."""
    drawn = await session.send(
        "Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True}
    )
    await asyncio.to_thread(path.write_bytes, base64.b64decode(drawn["data"]))
