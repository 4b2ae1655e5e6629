"""Runs a page script in one frame and reads its report."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import ElementHandle, Frame, Page
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from domain.elements import json_values
from domain.elements.errors import MalformedFingerprint
from domain.elements.fingerprint import Fingerprint, PageContext, digest_peers
from domain.elements.masking import clean_text, mask_text
from domain.elements.policy import Policy
from domain.elements.stability import GENERATED_ID_PATTERN, url_pattern
from domain.elements.stored import FrameRef, Selector
from workers.browser.locate.scripts import Finding, Library, arguments, script

_FRAME_SECONDS: Final = 5.0
_CLOSED: Final = "has been closed"


class UnreadableError(PlaywrightError):
    """What a page reports of itself makes no sense: its scripts have replaced what ours are made of."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One element that a page script reported.

    Attributes:
        found_by: positions of the stored selectors that find it; None if none was asked.
        answers: how well it answers the instruction, 0 to 100; None when not asked.
        by: which of its texts answered.
        placed: whether it stands in the part of the page that the instruction names.
    """

    look: "Look"
    index: int
    fingerprint: Fingerprint
    found_by: tuple[int, ...] | None = None
    answers: float | None = None
    by: str = ""
    placed: bool = True

    async def element(self) -> ElementHandle | None:
        """Fetch the element itself; nothing when it has left the document meanwhile."""
        if self.look.finding is None:
            return self.look.given[self.index]
        async with answering(self.look.frame):
            return await self.look.finding.element(self.index)


@dataclass(slots=True)
class Look:
    """What a page script saw in one frame.

    Attributes:
        given: the elements it was told to look at; or
        finding: what holds the elements that it found.
        matches: how many elements the author's selector finds; None when only Playwright can tell.
        compared: how many elements were considered.
        reading: which reading of the instruction was found; -1 for none.
    """

    frame: Frame
    given: Sequence[ElementHandle] = ()
    finding: Finding | None = None
    matches: int | None = None
    sightings: list[Sighting] = field(default_factory=list)
    compared: int = 0
    too_large: bool = False
    reading: int = -1


def frame_ref(frame: Frame) -> FrameRef | None:
    """Return how to find a child frame again; None for the page itself."""
    if frame.parent_frame is None:
        return None
    return FrameRef(url_pattern(frame.url), frame.name)


def find_frames(page: Page, ref: FrameRef | None) -> list[Frame]:
    """Return the frames that an element was learned in, as far as one can tell."""
    if ref is None:
        return [page.main_frame]
    return [frame for frame in page.frames if frame_ref(frame) == ref]


@contextlib.asynccontextmanager
async def answering(frame: Frame) -> AsyncIterator[None]:
    """Give up on a frame that does not answer, as one whose scripts never end.

    Raises:
        PlaywrightError: it was given up.
    """
    try:
        async with asyncio.timeout(_FRAME_SECONDS):
            yield
    except TimeoutError as error:
        raise PlaywrightTimeout(f"the frame {frame.url} does not answer") from error


async def look(
    library: Library,
    frame: Frame,
    entry: str,
    request: Mapping[str, object],
    *,
    given: Sequence[ElementHandle] = (),
    secrets: Sequence[str] = (),
) -> Look:
    """Call `entry` in `frame`: on the elements given, or to find some.

    Raises:
        PlaywrightError: the frame is gone, navigated in between, or does not answer.
    """
    finding: Finding | None = None
    async with answering(frame):
        if given:
            text = await library.tell(frame, entry, request, given)
        else:
            finding = await library.find(frame, entry, request)
            text = finding.report
    seen = Look(frame, given, finding)
    try:
        _read_report(seen, text, secrets)
    except (ValueError, TypeError, LookupError, MalformedFingerprint) as error:
        # A page that replaces what JavaScript is made of can make anything of the report.
        release([seen])
        raise UnreadableError(f"the page {frame.url} cannot be read: {error}") from error
    return seen


def _read_report(seen: Look, text: str, secrets: Sequence[str]) -> None:
    report = json_values.fields(json.loads(text))
    matches = report.get("matches")
    seen.matches = None if matches is None else json_values.whole(matches)
    seen.compared = json_values.whole(report.get("compared", 0))
    seen.too_large = json_values.flag(report.get("too_large", False))
    seen.reading = json_values.whole(report.get("reading", -1))
    page = _page_context(json_values.fields(report["page"]))
    for index, item in enumerate(json_values.items(report["candidates"])):
        seen.sightings.append(_sighting(seen, index, json_values.fields(item), page, secrets))


def release(looks: Sequence[Look]) -> None:
    """Let the pages forget what was found."""
    for seen in looks:
        if seen.finding is not None:
            seen.finding.release()


async def study(
    library: Library,
    element: ElementHandle,
    fingerprint: Fingerprint,
    secrets: Sequence[str] = (),
) -> tuple[Fingerprint, tuple[Selector, ...]]:
    """Add what tells an element from its twins, and return selectors that find it alone."""
    frame = await element.owner_frame()
    if frame is None:
        return fingerprint, ()
    text = await library.tell(frame, "learn", {"generated": GENERATED_ID_PATTERN}, [element])
    found = json_values.fields(json.loads(text))
    studied = fingerprint.told_apart(
        twin_scope=json_values.whole(found["twin_scope"]),
        distinguishing=json_values.texts(found["distinguishing"]),
        shared=json_values.texts(found["shared"]),
        beside=json_values.flag(found["beside"]),
        numbered=json_values.flag(found["numbered"]),
        peers=digest_peers([mask_text(one, secrets) for one in json_values.texts(found["around"])]),
    )
    return studied, tuple(_selector(item) for item in json_values.items(found["selectors"]))


async def settle(page: Page, policy: Policy, awaited: Sequence[str] = ()) -> bool:
    """Wait until the page rests, so that nobody decides on half of it.

    Args:
        awaited: style selectors; when one of them finds something, the wait is over.

    Returns:
        Whether one did.
    """
    limits = {"quiet": policy.quiet_milliseconds, "most": policy.settle_milliseconds}
    request = {**limits, "awaited": list(awaited)}
    return bool(await page.evaluate(script("settle"), arguments(request)))


async def parsed(page: Page, policy: Policy) -> bool:
    """Wait until the document is parsed; say whether that was worth waiting for."""
    request = {"most": policy.settle_milliseconds}
    return bool(await page.evaluate(script("parsed"), arguments(request)))


async def wait_for_change(page: Page, seconds: float) -> None:
    """Wait until anything about the page changes, at most `seconds`."""
    try:
        request = {"most": max(1, round(seconds * 1000))}
        await page.evaluate(script("change"), arguments(request))
    except PlaywrightError as error:
        if is_closed(page, error):
            raise


def is_closed(page: Page, error: PlaywrightError) -> bool:
    """Say whether the browser is gone, rather than the page on its way to another address."""
    return page.is_closed() or _CLOSED in str(error)


async def is_shown(frame: Frame) -> bool:
    """Say whether the frame around an element is visible itself."""
    while frame.parent_frame is not None:
        holder = await frame.frame_element()
        if not await holder.is_visible():
            return False
        frame = frame.parent_frame
    return True


def _selector(item: object) -> Selector:
    data = json_values.fields(item)
    kind, value = json_values.text(data["kind"]), clean_text(json_values.text(data["value"]))
    return Selector(kind, value, json_values.texts(data["hosts"]))


def _page_context(data: Mapping[str, object]) -> PageContext:
    return PageContext(
        url_pattern=url_pattern(json_values.text(data["url"])),
        language=json_values.text(data["language"]),
        viewport_width=json_values.whole(data["viewport_width"]),
        viewport_height=json_values.whole(data["viewport_height"]),
        signed_in=json_values.flag(data["signed_in"]),
        load_state=json_values.text(data["load_state"]),
    )


def _sighting(
    seen: Look, index: int, item: Mapping[str, object], page: PageContext, secrets: Sequence[str]
) -> Sighting:
    found_by = item.get("found_by")
    quality = item.get("quality", item.get("answers"))
    return Sighting(
        look=seen,
        index=index,
        fingerprint=Fingerprint.from_page(json_values.fields(item["fingerprint"]), page, secrets),
        found_by=None
        if found_by is None
        else tuple(json_values.whole(position) for position in json_values.items(found_by)),
        answers=None if quality is None else json_values.number(quality),
        by=json_values.text(item.get("by", "")),
        placed=json_values.flag(item.get("placed", True)),
    )
