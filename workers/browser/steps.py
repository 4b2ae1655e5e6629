"""What each kind of step does to the page."""

import asyncio
import mimetypes
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, cast

from playwright.async_api import ElementHandle, FilePayload

from domain.elements.instructions import Verb
from workers.browser.addresses import describe_refused_url, join_url
from workers.browser.expecting import (
    expect_count,
    expect_text,
    expect_url,
    expect_visible,
    wait_for,
)
from workers.browser.locating import Wanted
from workers.browser.scope import Scope, StepFailedError
from workers.browser.sentences import quote
from workers.browser.taking import extract, observe
from workers.browser.uploads import EvidenceUnusableError, lend_evidence
from workers.browser.wording import read_instruction

__all__ = ["ACTIONS", "Scope", "StepFailedError"]


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


async def _screenshot(scope: Scope) -> None:
    await scope.take_picture(scope.text("name"), scope.step.get("full_page") is True)


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
    "wait_for": wait_for,
    "expect_text": expect_text,
    "expect_visible": expect_visible,
    "expect_url": expect_url,
    "expect_count": expect_count,
    "screenshot": _screenshot,
    "extract": extract,
    "observe": observe,
    "act": _act,
}
"""One entry for every kind that the schema of steps knows."""
