"""Finds what no script and no selector can look into."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any, Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

_SECONDS: Final = 2.0
_SHOWN: Final = 3
_Node = dict[str, Any]


async def name_closed_hosts(page: Page) -> list[str]:
    """Return the elements of the page that have a closed shadow root, at most three, as tags.

    Only the browser itself knows them. It is asked when a step has failed already: on a large page
    it takes a while to answer.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            session = await page.context.new_cdp_session(page)
            try:
                told = await session.send("DOM.getDocument", {"depth": -1, "pierce": True})
            finally:
                with contextlib.suppress(PlaywrightError):
                    await session.detach()
    except (PlaywrightError, TimeoutError):
        return []
    return list(dict.fromkeys(_list_hosts(told["root"])))[:_SHOWN]


def _list_hosts(root: _Node) -> Iterator[str]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        roots = node.get("shadowRoots", ())
        if any(root.get("shadowRootType") == "closed" for root in roots):
            yield _name(node)
        waiting += reversed([*roots, *node.get("children", ())])
        if "contentDocument" in node:
            waiting.append(node["contentDocument"])


def _name(node: _Node) -> str:
    flat = node.get("attributes", [])
    identity = dict(zip(flat[::2], flat[1::2], strict=False)).get("id")
    return f"<{node['localName']}{f'#{identity}' if identity else ''}>"
