"""Steps that wait for the page to be as they say, and fail when it does not become so."""

import asyncio
import re
from typing import Final, Literal, cast

from playwright.async_api import expect

from workers.browser.addresses import join_url
from workers.browser.scope import Scope, StepFailedError
from workers.browser.sentences import explain_expectation, quote

_POLL_SECONDS: Final = 0.1
_GLANCE_SECONDS: Final = 0.05
_State = Literal["attached", "detached", "hidden", "visible"]


async def wait_for(scope: Scope) -> None:
    state = str(scope.step.get("state", "visible"))
    if "selector" in scope.step:
        locator = scope.page.locator(scope.text("selector"))
        await locator.wait_for(state=cast("_State", state), timeout=scope.left_ms)
    elif state in {"visible", "attached"}:
        await scope.find()
    else:
        await _until_gone(scope)


async def _until_gone(scope: Scope) -> None:
    """Wait until nothing on the page is what the words say, nor could be."""
    wanted = scope.want(None)
    while True:
        seen = await scope.locating.look(scope.page, wanted, _GLANCE_SECONDS)
        is_there = seen.element is not None or bool(seen.candidates)
        if not is_there and not seen.is_blind:
            return
        if scope.left_s <= _POLL_SECONDS:
            why = "is still there" if is_there else f"may be there: {seen.abstained_because}"
            raise StepFailedError(f"{scope.pointed} {why} (waited {scope.waited_s:.1f} s)")
        # However often it was looked for, one decision is on record: the last one.
        scope.locating.decisions.pop()
        await asyncio.sleep(_POLL_SECONDS)


async def expect_text(scope: Scope) -> None:
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


async def expect_visible(scope: Scope) -> None:
    if "target" in scope.step:
        await scope.find()
        return
    locator = scope.page.locator(scope.text("selector"))
    try:
        await expect(locator).to_be_visible(timeout=scope.left_ms)
    except AssertionError as error:
        reason = explain_expectation(str(error), scope.pointed, "a visible element", scope.waited_s)
        raise StepFailedError(reason) from error


async def expect_count(scope: Scope) -> None:
    locator = scope.page.locator(scope.text("selector"))
    count = cast("int", scope.step["count"])
    try:
        await expect(locator).to_have_count(count, timeout=scope.left_ms)
    except AssertionError as error:
        where = f"counting {scope.pointed}"
        reason = explain_expectation(str(error), where, str(count), scope.waited_s)
        raise StepFailedError(reason) from error


async def expect_url(scope: Scope) -> None:
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
