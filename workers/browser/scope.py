"""What a step may use while it runs, and how it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from playwright.async_api import ElementHandle, Error, Page

from domain.elements.instructions import Verb
from domain.shared.hosts import AllowedHosts
from workers.browser.job import BrowserJob, Json
from workers.browser.locate import Resolution
from workers.browser.locating import Locating, Wanted
from workers.browser.sentences import quote
from workers.browser.wording import read_target

_CLOSED: Final = "has been closed"


class StepFailedError(Exception):
    """The application is not as the step expects; the message is a part of a sentence."""


@dataclass(slots=True)
class Scope:
    """Everything a step may use.

    Attributes:
        step: With its placeholders filled.
        deadline: On the clock of the event loop.
        acted: Whether the step has begun to do something, so that it must not be begun again.
    """

    page: Page
    step: Json
    index: int
    key: str
    job: BrowserJob
    allowed: AllowedHosts
    locating: Locating
    outputs: dict[str, object]
    take_picture: Callable[[str, bool], Awaitable[None]]
    deadline: float
    seconds: float
    acted: bool = False

    @property
    def pointed(self) -> str:
        """How the step points at its element, as part of a sentence."""
        if "selector" in self.step:
            return f"the selector {quote(str(self.step['selector']))}"
        words = self.step.get("target") or self.step.get("instruction")
        return quote(str(words)) if words else "the page"

    @property
    def left_s(self) -> float:
        """Seconds until the step has to be over."""
        return max(self.deadline - asyncio.get_running_loop().time(), 0.001)

    @property
    def left_ms(self) -> float:
        """Milliseconds until the step has to be over, as Playwright wants them."""
        return self.left_s * 1000

    @property
    def waited_s(self) -> float:
        """Seconds since the step began."""
        return self.seconds - self.left_s

    def text(self, name: str) -> str:
        """A property that is a text."""
        return str(self.step[name])

    def want(self, verb: Verb | None) -> Wanted:
        """What the step points at, for something to be done with it."""
        if "selector" in self.step:
            return Wanted(self.index, self.key, verb, selector=self.text("selector"))
        instruction = read_target(self.text("target"), verb or Verb.HOVER)
        return Wanted(self.index, self.key, verb, instruction=instruction)

    @asynccontextmanager
    async def using(self, wanted: Wanted) -> AsyncIterator[tuple[Resolution, ElementHandle]]:
        """The element that the step points at, for the body to act on.

        A page that closes itself when its element is used has done what it should.
        """
        try:
            async with self.locating.using(self.page, wanted, self.left_s) as found:
                self.acted = True
                yield found
        except Error as error:
            if not self.acted or _CLOSED not in error.message:
                raise

    async def find(self) -> ElementHandle:
        """The element that the step points at, to be looked at only."""
        return await self.locating.find(self.page, self.want(None), self.left_s)
