"""Watches how the page reacts to a step, to learn it, or to compare it with what was learned."""

import asyncio
from dataclasses import replace
from time import perf_counter
from typing import Final, Self

from playwright.async_api import ElementHandle, Frame, JSHandle, Page
from playwright.async_api import Error as PlaywrightError

from domain.elements.rules import reacted_as_learned
from domain.elements.stability import url_pattern
from domain.elements.stored import Reaction
from workers.browser.locate.looking import is_closed
from workers.browser.locate.scripts import arguments, script

_LEARNING_SECONDS: Final = 0.3
_CONFIRMING_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.03


class ReactionWatch:
    """Opened before acting, asked afterwards.

    watch = await ReactionWatch.open(page, resolution.element)
    await resolution.element.click()
    reaction = await watch.close(resolution.expected)
    """

    def __init__(self, page: Page, watched: JSHandle | None) -> None:
        self._page = page
        self._watched = watched
        self._navigated = False
        page.on("framenavigated", self._note_navigation)

    @classmethod
    async def open(cls, page: Page, element: ElementHandle) -> Self:
        """Begin to watch `element` and the page around it."""
        frame = await element.owner_frame()
        watched = None
        if frame is not None:
            watched = await frame.evaluate_handle(script("watch"), arguments({}, [element]))
        return cls(page, watched)

    async def close(self, expected: Reaction | None = None) -> Reaction:
        """Return what happened, as soon as it is what was expected, or after a while.

        Args:
            expected: the reaction learned earlier. Without one, the first reaction there is; where
                that was none, whatever happens in the time in which it was learned.

        Raises:
            PlaywrightError: the browser is gone.
        """
        is_awaited = expected is not None and expected.is_any
        patience = _CONFIRMING_SECONDS if is_awaited else _LEARNING_SECONDS
        deadline = perf_counter() + patience
        try:
            while True:
                seen = await self._look()
                enough = (is_awaited or expected is None) and reacted_as_learned(expected, seen)
                if enough or perf_counter() >= deadline:
                    return seen
                await asyncio.sleep(_POLL_SECONDS)
        finally:
            self._page.remove_listener("framenavigated", self._note_navigation)
            await self._stop()

    async def _look(self) -> Reaction:
        reaction = Reaction()
        if self._watched is not None and not self._navigated:
            try:
                marks = await self._watched.evaluate("(watched) => watched.report()")
                reaction = Reaction.from_json(marks)
            except PlaywrightError as error:
                if is_closed(self._page, error):
                    raise
                # The document it lived in is gone: that is the reaction.
                self._watched = None
        if self._navigated:
            return replace(reaction, navigated_to=url_pattern(self._page.url))
        return reaction

    async def _stop(self) -> None:
        if self._watched is None or self._navigated:
            return
        try:
            await self._watched.evaluate("(watched) => watched.stop()")
            await self._watched.dispose()
        except PlaywrightError as error:
            if is_closed(self._page, error):
                raise

    def _note_navigation(self, frame: Frame) -> None:
        if frame == self._page.main_frame:
            self._navigated = True
