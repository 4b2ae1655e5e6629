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
_MOST_PARTS: Final = 500
# What can be read in the picture; nothing where somebody may have typed into it, or where nobody
# can tell what it shows. A picture shows what is drawn in the element's place: through open shadow
# roots, by style sheets, and by what lies over it or shines through it.
_READ: Final = """(element, most) => {
  const named = new Set(['button', 'submit', 'reset', 'image', 'checkbox', 'radio', 'range', 'color']);
  const typed = (one) => (one.isContentEditable && one.textContent.trim() !== '')
    || (one.matches('input, textarea') && !named.has(one.type) && one.value !== '');
  const closed = (one) => one.localName.includes('-') && one.matches(':defined') && !one.shadowRoot;
  const unknown = (one) => typed(one) || closed(one)
    || one.matches('iframe, object, embed, canvas, video');
  const parts = [element];
  for (let at = 0; at < parts.length && parts.length <= most; at += 1) {
    for (const one of [parts[at].shadowRoot, parts[at]]) for (const child of one?.children ?? []) parts.push(child);
  }
  if (parts.length > most || parts.some(unknown)) return null;
  const own = new Set(parts);
  for (let one = element; one; one = one.assignedSlot ?? one.parentElement ?? one.getRootNode().host) own.add(one);

  const generated = (one) => ['::before', '::after'].map((name) => getComputedStyle(one, name).content
    .replace(/attr\\(\\s*([\\w-]+)[^)]*\\)/g, (all, attribute) => one.getAttribute(attribute) ?? ''));
  const shadowed = (one) => [...one.shadowRoot?.childNodes ?? []]
    .filter((node) => !['STYLE', 'SCRIPT', '#comment'].includes(node.nodeName))
    .map((node) => node.innerText ?? node.textContent);
  const texts = [element.innerText, ...parts.flatMap((one) => [one.value, one.placeholder, one.alt, one.label,
    one.tagName === 'SELECT' ? one.selectedOptions[0]?.label : '', ...generated(one), ...shadowed(one)])];

  const solid = (one) => {
    const style = getComputedStyle(one);
    return style.opacity === '1' && style.backgroundColor.startsWith('rgb(');
  };
  const foreign = new Set();
  const box = element.getBoundingClientRect();
  for (const across of [0.02, 0.2, 0.35, 0.5, 0.65, 0.8, 0.98]) for (const down of [0.1, 0.5, 0.9]) {
    for (const root of new Set([document, element.getRootNode()])) {
      for (const one of root.elementsFromPoint(box.left + box.width * across, box.top + box.height * down)) {
        if (!own.has(one)) foreign.add(one);
        else if (solid(one)) break;
      }
    }
  }
  for (const one of foreign) {
    if (unknown(one)) return null;
    texts.push(one.innerText ?? one.textContent, ...generated(one), ...shadowed(one));
  }
  return texts.filter((text) => typeof text === 'string' && text !== 'none').join(' ');
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
        text, box = await asyncio.gather(
            element.evaluate(_READ, _MOST_PARTS), element.bounding_box()
        )
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
