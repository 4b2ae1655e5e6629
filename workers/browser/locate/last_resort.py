"""What a lookup may turn to when the page's own words lead nowhere: slow, or for money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from playwright.async_api import ElementHandle, Frame, Page

from domain.elements.instructions import Instruction
from workers.browser.locate.scripts import Library


@dataclass(frozen=True, slots=True)
class Found:
    """An element and the frame that it stands in."""

    frame: Frame
    element: ElementHandle


@dataclass(frozen=True, slots=True)
class Choice:
    """What it comes to: one element, several that fit equally well, or none.

    Attributes:
        reason: As part of a sentence; empty when there is nothing to say.
        compared: How many elements were considered.
        asked: Whether anybody was asked.
    """

    reason: str
    found: tuple[Found, ...] = ()
    compared: int = 0
    asked: bool = False


class Asking(Protocol):
    """One element that is looked for, however often."""

    @property
    def usage(self) -> Mapping[str, object] | None:
        """What it took until now, for the record."""

    async def choose(self, page: Page, library: Library, seconds: float) -> Choice:
        """Choose on the page as it is now, within so many seconds.

        Raises:
            PlaywrightError: The page moved on, or is gone.
        """


class LastResort(Protocol):
    """Somebody to ask."""

    def look_for(self, instruction: Instruction) -> Asking:
        """Be ready to look for one element."""
