"""Locators that a test would hold without a cache: XPaths, and Playwright's own by role or text."""

import json
import re
from dataclasses import dataclass

from playwright.async_api import ElementHandle, Locator, Page
from playwright.async_api import Error as PlaywrightError

SNAPSHOT_LINE = re.compile(r'- (?P<role>[a-z]+)(?: (?P<name>"(?:[^"\\]|\\.)*"))?')
LONGEST_TEXT = 200
RECORD_MILLISECONDS = 3_000


@dataclass(frozen=True)
class Spoken:
    """An element by its role and accessible name, or by its text where it has no name."""

    role: str = ""
    name: str = ""
    text: str = ""

    def on(self, page: Page) -> Locator:
        """The locator."""
        if self.role:
            return page.get_by_role(self.role, name=self.name, exact=True)  # type: ignore[arg-type]
        return page.get_by_text(self.text, exact=True)


def read_snapshot(snapshot: str) -> tuple[str, str]:
    """Role and name from the first line of an ARIA snapshot; empty when it has none."""
    line = snapshot.strip().partition("\n")[0].rstrip(":")
    if line.startswith("- '"):
        line = "- " + line[3:].rpartition("'")[0].replace("''", "'")
    found = SNAPSHOT_LINE.match(line)
    if found is None or found["role"] == "text" or not found["name"]:
        return "", ""
    return found["role"], str(json.loads(found["name"]))


async def record(page: Page, xpath: str, element: ElementHandle) -> Spoken | None:
    """What finds an element on the page and nothing else; None when neither role nor text does."""
    try:
        snapshot = await page.locator(f"xpath={xpath}").aria_snapshot(timeout=RECORD_MILLISECONDS)
        role, name = read_snapshot(snapshot)
        text = "" if role else (await element.inner_text()).strip()
        if not name and not 0 < len(text) <= LONGEST_TEXT:
            return None
        spoken = Spoken(role, name, text)
        return spoken if await is_alone(spoken.on(page), element) else None
    except (PlaywrightError, ValueError):
        return None


async def is_alone(locator: Locator, element: ElementHandle) -> bool:
    """Whether a locator finds an element and nothing else."""
    found = await locator.element_handles()
    return len(found) == 1 and await is_same(found[0], element)


async def is_same(one: ElementHandle, other: ElementHandle) -> bool:
    """Whether two handles hold one element."""
    return bool(await one.evaluate("(one, other) => one === other", other))
