"""Finds the element that a step points at, and keeps what was learned about it."""

from dataclasses import dataclass, field

from playwright.async_api import ElementHandle, Locator, Page

from domain.elements.instructions import Verb
from workers.browser.job import Json

Element = Locator | ElementHandle


class NotLocatedError(Exception):
    """No element, or no single one, is what the step means; the message says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an instruction means on this page; no element means the keyboard."""

    verb: Verb
    element: Element | None
    value: str


@dataclass(slots=True)
class Locating:
    """The element cache's part in one run."""

    stored: dict[str, Json] = field(default_factory=dict)
    decisions: list[Json] = field(default_factory=list)
    learned: list[Json] = field(default_factory=list)

    async def find(self, page: Page, step: Json, key: str, timeout_s: float) -> Element:
        """The one element that a step points at.

        Raises:
            NotLocatedError: There is none, or the choice would be arbitrary.
        """
        del key, timeout_s
        if "selector" not in step:
            raise NotLocatedError("elements cannot be found by words yet")
        return page.locator(str(step["selector"]))

    async def is_there(self, page: Page, step: Json, key: str) -> bool:
        return False

    async def observe(self, page: Page, step: Json, key: str, timeout_s: float) -> list[Json]:
        raise NotLocatedError("elements cannot be found by words yet")

    async def find_by_instruction(
        self, page: Page, step: Json, key: str, timeout_s: float
    ) -> Found:
        raise NotLocatedError("elements cannot be found by words yet")

    def summarise(self, index: int) -> Json:
        return {}
