"""What each kind of step does to the page."""

import asyncio
import mimetypes
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Literal, cast

from playwright.async_api import ElementHandle, Error, FilePayload, Page, expect

from domain.elements.instructions import Verb
from domain.shared.hosts import AllowedHosts
from workers.browser.addresses import describe_refused_url, join_url
from workers.browser.job import BrowserJob, Json
from workers.browser.locate import Resolution
from workers.browser.locating import Locating, Wanted
from workers.browser.sentences import explain_expectation, quote
from workers.browser.uploads import EvidenceUnusableError, lend_evidence
from workers.browser.wording import read_instruction, read_target

_POLL_SECONDS: Final = 0.1
_GLANCE_SECONDS: Final = 0.05
_CLOSED: Final = "has been closed"
_State = Literal["attached", "detached", "hidden", "visible"]


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


async def _goto(scope: Scope) -> None:
    url = join_url(scope.job.base_url, scope.text("url"))
    refused = describe_refused_url(url, scope.allowed)
    if refused is not None:
        raise StepFailedError(refused)
    scope.acted = True
    answer = await scope.page.goto(url, timeout=scope.left_ms)
    if answer is not None:  # nothing is asked for where only the fragment of the address changes
        _require_status(scope, url, answer.status, answer.status_text)


def _require_status(scope: Scope, url: str, status: int, words: str) -> None:
    wanted = scope.step.get("status")
    if status == wanted or (wanted is None and status < 400):
        return
    said = f"{quote(url)} was answered with {status} {words}".rstrip()
    raise StepFailedError(said if wanted is None else f"{said}, expected {wanted}")


async def _click(scope: Scope) -> None:
    async with scope.using(scope.want(Verb.CLICK)) as (_, element):
        await element.click(timeout=scope.left_ms)


async def _fill(scope: Scope) -> None:
    async with scope.using(scope.want(Verb.FILL)) as (_, element):
        await element.fill(scope.text("value"), timeout=scope.left_ms)


async def _select(scope: Scope) -> None:
    step = cast("Mapping[str, str | list[str]]", scope.step)
    value, label = step.get("value"), step.get("label")
    async with scope.using(scope.want(Verb.SELECT)) as (_, element):
        await element.select_option(value, label=label, timeout=scope.left_ms)


async def _check(scope: Scope) -> None:
    checked = scope.step.get("checked") is not False
    async with scope.using(scope.want(Verb.CHECK if checked else Verb.UNCHECK)) as (_, element):
        await element.set_checked(checked, timeout=scope.left_ms)


async def _press(scope: Scope) -> None:
    if "selector" not in scope.step and "target" not in scope.step:
        scope.acted = True
        await scope.page.keyboard.press(scope.text("key"))
        return
    async with scope.using(scope.want(Verb.PRESS)) as (_, element):
        await element.press(scope.text("key"), timeout=scope.left_ms)


async def _upload(scope: Scope) -> None:
    async with scope.using(scope.want(Verb.UPLOAD)) as (_, element):
        if "text" not in scope.step:
            await _give_evidence(scope, element, scope.text("evidence"))
            return
        await _require_file_input(scope, element)
        name = scope.text("filename")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = FilePayload(name=name, mimeType=kind, buffer=scope.text("text").encode())
        await element.set_input_files(file, timeout=scope.left_ms)


async def _give_evidence(scope: Scope, element: ElementHandle, evidence: str) -> None:
    await _require_file_input(scope, element)
    name = str(scope.step.get("filename", ""))
    try:
        file = await asyncio.to_thread(lend_evidence, scope.job, evidence, name)
    except EvidenceUnusableError as error:
        raise StepFailedError(str(error)) from error
    await element.set_input_files(file, timeout=scope.left_ms)


async def _require_file_input(scope: Scope, element: ElementHandle) -> None:
    if not await element.evaluate("element => element.type === 'file'"):
        raise StepFailedError(f"what {scope.pointed} matches takes no files")


async def _hover(scope: Scope) -> None:
    async with scope.using(scope.want(Verb.HOVER)) as (_, element):
        await element.hover(timeout=scope.left_ms)


async def _wait_for(scope: Scope) -> None:
    state = str(scope.step.get("state", "visible"))
    if "selector" in scope.step:
        locator = scope.page.locator(scope.text("selector"))
        await locator.wait_for(state=cast("_State", state), timeout=scope.left_ms)
    elif state in {"visible", "attached"}:
        await scope.find()
    else:
        await _until_gone(scope)


async def _until_gone(scope: Scope) -> None:
    """Wait until nothing on the page is what the words say."""
    wanted = scope.want(None)
    while (await scope.locating.look(scope.page, wanted, _GLANCE_SECONDS)).element is not None:
        if scope.left_s <= _POLL_SECONDS:
            reason = f"{scope.pointed} is still there (waited {scope.waited_s:.1f} s)"
            raise StepFailedError(reason)
        await asyncio.sleep(_POLL_SECONDS)


async def _expect_text(scope: Scope) -> None:
    whole = "text" in scope.step
    wanted = scope.text("text" if whole else "contains")
    sentence = f"{'' if whole else 'a text that contains '}{quote(wanted)}"
    if "target" in scope.step:
        await _until_text(scope, wanted, sentence)
        return
    locator = scope.page.locator(str(scope.step.get("selector", "body")))
    told = expect(locator)
    try:
        if whole:
            await told.to_have_text(wanted, timeout=scope.left_ms, use_inner_text=True)
        else:
            await told.to_contain_text(wanted, timeout=scope.left_ms, use_inner_text=True)
    except AssertionError as error:
        where = f"the text of {scope.pointed}"
        reason = explain_expectation(str(error), where, sentence, scope.waited_s)
        raise StepFailedError(reason) from error


async def _until_text(scope: Scope, wanted: str, sentence: str) -> None:
    """Read the element that the words mean until its text is as wanted."""
    element = await scope.find()
    expected = " ".join(wanted.split())
    while True:
        actual = " ".join((await element.inner_text()).split())
        if actual == expected or ("contains" in scope.step and expected in actual):
            return
        if scope.left_s <= _POLL_SECONDS:
            raise StepFailedError(
                f"the text of {scope.pointed} is {quote(actual)}, expected {sentence} "
                f"(waited {scope.waited_s:.1f} s)"
            )
        await asyncio.sleep(_POLL_SECONDS)


async def _expect_visible(scope: Scope) -> None:
    if "target" in scope.step:
        await scope.find()
        return
    locator = scope.page.locator(scope.text("selector"))
    try:
        await expect(locator).to_be_visible(timeout=scope.left_ms)
    except AssertionError as error:
        reason = explain_expectation(str(error), scope.pointed, "a visible element", scope.waited_s)
        raise StepFailedError(reason) from error


async def _expect_count(scope: Scope) -> None:
    locator = scope.page.locator(scope.text("selector"))
    count = cast("int", scope.step["count"])
    try:
        await expect(locator).to_have_count(count, timeout=scope.left_ms)
    except AssertionError as error:
        where = f"counting {scope.pointed}"
        reason = explain_expectation(str(error), where, str(count), scope.waited_s)
        raise StepFailedError(reason) from error


async def _expect_url(scope: Scope) -> None:
    """Compares what the browser reported; asks it nothing."""
    page = scope.page
    if "pattern" in scope.step:
        pattern = re.compile(scope.text("pattern"))
        wanted = f"one that matches {quote(pattern.pattern)}"
    else:
        url = join_url(scope.job.base_url, scope.text("url"))
        pattern = re.compile(rf"^{re.escape(url)}$")
        wanted = quote(url)
    moved = asyncio.Event()
    listener = lambda _: moved.set()  # noqa: E731 - the same object has to be removed
    page.on("framenavigated", listener)
    try:
        async with asyncio.timeout(scope.left_s):
            while not pattern.search(page.url):
                await moved.wait()
                moved.clear()
    except TimeoutError:
        raise StepFailedError(
            f"the address is {quote(page.url)}, expected {wanted} (waited {scope.waited_s:.1f} s)"
        ) from None
    finally:
        page.remove_listener("framenavigated", listener)


async def _screenshot(scope: Scope) -> None:
    await scope.take_picture(scope.text("name"), scope.step.get("full_page") is True)


async def _extract(scope: Scope) -> None:
    element = await scope.find()
    what = scope.step.get("what", "text")
    if what == "attribute":
        kept = await element.get_attribute(scope.text("attribute"))
    else:
        kept = await (element.input_value() if what == "value" else element.inner_text())
    scope.outputs[scope.text("name")] = kept


async def _observe(scope: Scope) -> None:
    wanted = Wanted(
        scope.index,
        scope.key,
        None,
        instruction=read_target(scope.text("instruction"), Verb.HOVER),
    )
    seen = await scope.locating.look(scope.page, wanted, scope.left_s)
    fitting = (
        [str(seen.decision["element"])]
        if seen.element
        else [candidate.description for candidate in seen.candidates]
    )
    if "name" in scope.step:
        scope.outputs[scope.text("name")] = fitting
    if not fitting:
        raise StepFailedError(f"nothing on the page fits {scope.pointed}")


async def _act(scope: Scope) -> None:
    """Do what the words say; "choose Staff status" turns out to tick a box, if it is one."""
    value = scope.text("value") if "value" in scope.step else None
    instruction = read_instruction(scope.text("instruction"), value)
    if instruction.verb is Verb.PRESS and not instruction.name and not instruction.kinds:
        scope.acted = True
        await scope.page.keyboard.press(instruction.value or "")
        return
    wanted = Wanted(scope.index, scope.key, instruction.verb, instruction=instruction)
    async with scope.using(wanted) as (resolution, element):
        verb = resolution.action or instruction.verb
        await _USES[verb](scope, element, resolution.value or "")


_Use = Callable[[Scope, ElementHandle, str], Awaitable[object]]
_USES: Final[Mapping[Verb, _Use]] = {
    Verb.CLICK: lambda scope, element, _: element.click(timeout=scope.left_ms),
    Verb.FILL: lambda scope, element, value: element.fill(value, timeout=scope.left_ms),
    Verb.SELECT: lambda scope, element, value: element.select_option(value, timeout=scope.left_ms),
    Verb.CHECK: lambda scope, element, _: element.set_checked(True, timeout=scope.left_ms),
    Verb.UNCHECK: lambda scope, element, _: element.set_checked(False, timeout=scope.left_ms),
    Verb.PRESS: lambda scope, element, key: element.press(key, timeout=scope.left_ms),
    Verb.HOVER: lambda scope, element, _: element.hover(timeout=scope.left_ms),
    Verb.UPLOAD: _give_evidence,
}

ACTIONS: Final[Mapping[str, Callable[[Scope], Awaitable[None]]]] = {
    "goto": _goto,
    "click": _click,
    "fill": _fill,
    "select": _select,
    "check": _check,
    "press": _press,
    "upload": _upload,
    "hover": _hover,
    "wait_for": _wait_for,
    "expect_text": _expect_text,
    "expect_visible": _expect_visible,
    "expect_url": _expect_url,
    "expect_count": _expect_count,
    "screenshot": _screenshot,
    "extract": _extract,
    "observe": _observe,
    "act": _act,
}
"""One entry for every kind that the schema of steps knows."""
