"""Takes an element's own picture, where that does no harm."""

import asyncio
import base64
import binascii
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from playwright.async_api import CDPSession, ElementHandle, FloatRect, Page
from playwright.async_api import Error as PlaywrightError

from domain.elements import json_values
from domain.elements.masking import mask_text
from domain.elements.pictures import LARGEST_BYTES, Picture, hash_picture
from workers.browser.locate.looking import is_closed

_SECONDS: Final = 2.0
_LONGEST_TEXT: Final = 2_000
_SMALLEST_SIDE: Final = 4.0
# What can be read in the picture; nothing where somebody may have typed into it, or where nobody
# can tell what it shows.
_READ: Final = """(element) => {
  const named = new Set(['button', 'submit', 'reset', 'image', 'checkbox', 'radio', 'range', 'color']);
  const fields = [element, ...element.querySelectorAll('*')];
  const typed = (one) => (one.isContentEditable && one.textContent.trim() !== '')
    || (one.matches('input, textarea') && !named.has(one.type) && one.value !== '');
  if (fields.some((one) => typed(one) || one.matches('iframe, object, embed, canvas, video'))) return null;
  const texts = fields.slice(0, 200).flatMap((one) => [one.value, one.placeholder, one.alt, one.label,
    one.tagName === 'SELECT' ? one.selectedOptions[0]?.label : '']);
  return [element.innerText, ...texts].filter((text) => typeof text === 'string').join(' ');
}"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture and what was made of it; `text` is empty where it is too large to keep."""

    hashes: Picture
    text: str


class Pictures:
    """Draws elements of the pages of one run.

    Only what the window shows already: anything else would have to be scrolled to, or the page
    resized, and pages answer to both.
    """

    def __init__(self) -> None:
        self._sessions: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()

    async def take(
        self, page: Page, element: ElementHandle, secrets: tuple[str, ...]
    ) -> Taken | None:
        """Return the picture of an element; nothing where it shows what may not be kept.

        Raises:
            PlaywrightError: the browser is gone.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._take(page, element, secrets)
        except TimeoutError:
            return None
        except PlaywrightError as error:
            if is_closed(page, error):
                raise
            return None

    async def _take(
        self, page: Page, element: ElementHandle, secrets: tuple[str, ...]
    ) -> Taken | None:
        text, box = await asyncio.gather(element.evaluate(_READ), element.bounding_box())
        if not isinstance(text, str) or len(text) > _LONGEST_TEXT:
            return None
        if box is None or min(box["width"], box["height"]) < _SMALLEST_SIDE:
            return None
        if mask_text(text, secrets) != text or not _is_within(page, box):
            return None
        session = self._sessions.get(page)
        if session is None:
            session = self._sessions[page] = await page.context.new_cdp_session(page)
        clip = {**box, "scale": 1}
        drawn = await session.send(
            "Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True, "clip": clip}
        )
        return _hash(json_values.text(drawn["data"]))


def _is_within(page: Page, box: FloatRect) -> bool:
    size = page.viewport_size
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    return (
        size is not None
        and min(box["x"], box["y"]) >= 0
        and right <= size["width"]
        and bottom <= size["height"]
    )


def _hash(text: str) -> Taken | None:
    try:
        png = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    hashes = hash_picture(png)
    if hashes is None:
        return None
    return Taken(hashes, text if len(png) <= LARGEST_BYTES else "")
