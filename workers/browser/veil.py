"""Covers what shows a secret while a picture is taken, without letting the page know the secret."""

import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from playwright.async_api import CDPSession, Error, Locator, Page

_MARK: Final = "data-metamorph-private"
# Runs in a world of its own: the page sees the mark, but neither this code nor the secrets, and
# nothing that it has changed in its own world counts here.
_MARK_SCRIPT: Final = """([secrets, mark]) => {
  const holds = (text) => typeof text === 'string' && secrets.some((secret) => text.includes(secret));
  let marked = 0;
  const hide = (node) => {
    const element = node instanceof ShadowRoot ? node.host : node;
    (element.closest('select') ?? element).setAttribute(mark, '');
    marked += 1;
  };
  // The innermost that holds all of it; what stands beside an inner one may hold it once more.
  const hideText = (node) => {
    if (!holds(node.textContent)) return;
    const inner = [...node.children].filter((child) => holds(child.textContent));
    const beside = [...node.childNodes].map((one) => (inner.includes(one) ? '|' : one.textContent));
    if (holds(beside.join(''))) hide(node); else inner.forEach(hideText);
  };
  const visit = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (holds(element.value) || [...element.attributes].some(({ value }) => holds(value))) hide(element);
      if (element.shadowRoot) visit(element.shadowRoot);
    }
    hideText(root === document ? document.documentElement : root);
  };
  visit(document);
  return marked;
}"""
_UNMARK_SCRIPT: Final = """([, mark]) => {
  const visit = (root) => {
    for (const element of root.querySelectorAll('*')) {
      element.removeAttribute(mark);
      if (element.shadowRoot) visit(element.shadowRoot);
    }
  };
  visit(document);
  return 0;
}"""


@asynccontextmanager
async def veiled(
    page: Page, session: CDPSession, secrets: Sequence[str]
) -> AsyncIterator[list[Locator]]:
    """What has to be covered in a picture of the page; nothing when it shows no secret.

    Args:
        session: of the page.

    Raises:
        playwright.async_api.Error: The page cannot be looked at.
    """
    if not secrets or not await _in_every_frame(page, session, _MARK_SCRIPT, secrets):
        yield []
        return
    try:
        yield [frame.locator(f"[{_MARK}]") for frame in page.frames]
    finally:
        with contextlib.suppress(Error):
            await _in_every_frame(page, session, _UNMARK_SCRIPT, secrets)


async def _in_every_frame(
    page: Page, session: CDPSession, script: str, secrets: Sequence[str]
) -> int:
    """The sum of what the script returns for the page and all frames in it."""
    total = await _in_frames_of(session, script, secrets)
    for frame in page.frames[1:]:
        # Only a frame in a process of its own has a session; others belong to the page's. And any
        # may go away at any moment: then nothing of it is in the picture.
        with contextlib.suppress(Error):
            own = await page.context.new_cdp_session(frame)
            try:
                total += await _in_frames_of(own, script, secrets)
            finally:
                await own.detach()
    return total


async def _in_frames_of(session: CDPSession, script: str, secrets: Sequence[str]) -> int:
    tree = (await session.send("Page.getFrameTree"))["frameTree"]
    first, *inner = _list_frames(tree)
    total = await _run(session, first, script, secrets)
    for frame_id in inner:
        with contextlib.suppress(Error):
            total += await _run(session, frame_id, script, secrets)
    return total


def _list_frames(tree: Mapping[str, Any]) -> Iterator[str]:
    yield tree["frame"]["id"]
    for child in tree.get("childFrames", ()):
        yield from _list_frames(child)


async def _run(session: CDPSession, frame_id: str, script: str, secrets: Sequence[str]) -> int:
    world = await session.send(
        "Page.createIsolatedWorld", {"frameId": frame_id, "worldName": "metamorph"}
    )
    answer = await session.send(
        "Runtime.evaluate",
        {
            "contextId": world["executionContextId"],
            "expression": f"({script})({json.dumps([list(secrets), _MARK])})",
            "returnByValue": True,
        },
    )
    if "exceptionDetails" in answer:
        raise Error("The page could not be searched for secrets.")
    return int(answer["result"]["value"])
