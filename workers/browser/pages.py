"""The pages of one run: which one is current, and what happened to them unasked."""

import asyncio
from collections.abc import Callable
from typing import Final

from playwright.async_api import BrowserContext, Dialog, Error, Page, Request, Response

from workers.browser.addresses import split_place
from workers.browser.guard import NetworkGuard

_PULSE_SECONDS: Final = 1.0


class Pages:
    """Follows the pages of a context; the one opened last and still open is the current one.

    `interrupt` is called when going on became impossible, `move_on` when another page is current.
    Dialogs are accepted, as a person who goes on with a test would do, and noted.
    """

    def __init__(
        self,
        context: BrowserContext,
        first: Page,
        guard: NetworkGuard,
        *,
        note: Callable[[str], None],
        interrupt: Callable[[], None],
        move_on: Callable[[], None],
    ) -> None:
        self._context = context
        self._guard = guard
        self._note = note
        self._interrupt = interrupt
        self._move_on = move_on
        self._open = [first]
        self._closing: set[asyncio.Task[None]] = set()
        self._asked: Request | None = None
        self.trouble: str | None = None
        """What made going on impossible: a crash, a page that may not be opened."""
        self._listen(first)
        context.on("page", self._on_page)
        context.on("dialog", self._on_dialog)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("requestfailed", self._on_request_failed)

    @property
    def current(self) -> Page:
        """The page that steps act on."""
        return self._open[-1]

    @property
    def awaited(self) -> str | None:
        """The address that a page has asked for and that has not answered yet.

        Until it does, nothing can be read from the page, nor done to it.
        """
        return None if self._asked is None else self._asked.url

    async def answers(self) -> bool:
        """Whether the current page still runs scripts."""
        try:
            async with asyncio.timeout(_PULSE_SECONDS):
                await self.current.evaluate("1")
        except (TimeoutError, Error):
            return False
        return True

    async def are_reachable(self) -> bool:
        """Whether the browser still answers for the context, which nothing but its end closes."""
        try:
            async with asyncio.timeout(_PULSE_SECONDS):
                await self._context.cookies()
        except (TimeoutError, Error):
            return False
        return True

    async def stop_loading(self) -> None:
        """Give up what the current page is loading: until then it does not let itself be drawn."""
        try:
            async with asyncio.timeout(_PULSE_SECONDS):
                session = await self._context.new_cdp_session(self.current)
                await session.send("Page.stopLoading")
                await session.detach()
        except (TimeoutError, Error):
            # A page that hangs or crashed has nothing left that could be stopped.
            return

    def _listen(self, page: Page) -> None:
        page.on("crash", self._on_crash)
        page.on("close", self._on_close)

    def _on_page(self, page: Page) -> None:
        if page not in self._open:
            self._open.append(page)
            self._listen(page)
            self._move_on()

    def _on_close(self, page: Page) -> None:
        # The last page stays current, so that steps fail saying that it is closed.
        if len(self._open) > 1 and page in self._open:
            self._open.remove(page)
            self._move_on()

    def _on_crash(self, page: Page) -> None:
        if page is self.current:
            self.trouble = "the page crashed"
            self._interrupt()

    def _on_dialog(self, dialog: Dialog) -> None:
        self._note(f"[dialog] {dialog.type} accepted: {dialog.message}")
        task = asyncio.ensure_future(_accept(dialog))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _on_request(self, request: Request) -> None:
        if request.is_navigation_request() and _is_main_request(request, self._open):
            self._asked = request

    def _on_response(self, response: Response) -> None:
        if response.request is self._asked:
            self._asked = None

    def _on_request_failed(self, request: Request) -> None:
        """Notice when the current page was sent somewhere it may not go."""
        if request is self._asked:
            self._asked = None
        if not request.is_navigation_request():
            return
        place = split_place(request.url)
        refusal = None if place is None else self._guard.find_refusal(*place)
        if refusal is not None and _is_main_request(request, self._open):
            self.trouble = refusal.reason


def _is_main_request(request: Request, pages: list[Page]) -> bool:
    try:
        return any(request.frame is page.main_frame for page in pages)
    except Error:
        # The frame is not there yet: a window that opens on the refused address.
        return True


async def _accept(dialog: Dialog) -> None:
    try:
        await dialog.accept()
    except Error:
        # The page went away together with its dialog.
        return
