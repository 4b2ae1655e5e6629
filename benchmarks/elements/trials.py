"""Learns on one page and locates on the other, with the product's own code."""

from dataclasses import dataclass
from time import perf_counter

from playwright.async_api import ElementHandle, JSHandle, Page

from benchmarks.elements.rendering import open_file
from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG, Tally
from domain.elements.instructions import Instruction, Verb
from domain.elements.policy import Policy
from domain.elements.stored import StoredElement
from workers.browser.locate import LocateRequest, Resolution, locate

# Words that no page holds: the cache and its healing must do without.
_NOTHING_SAID = Instruction(Verb.PRESS, "-no page says this-")
_POLICY = Policy(quiet_milliseconds=1)


@dataclass(frozen=True)
class Pair:
    """Two versions of a page, with the XPaths of elements in both (None: removed)."""

    old: str
    new: str
    elements: tuple[tuple[str, str | None], ...]


class Bench:
    """One page, used for all trials."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.survivors = Tally("still there")
        self.deleted = Tally("deleted")
        self.unchanged = Tally("unchanged page")
        self.skipped = 0

    async def try_pair(self, pair: Pair) -> None:
        """Try every element of a pair."""
        learned: list[tuple[StoredElement, str | None, str]] = []
        await open_file(self._page, pair.old)
        for old_xpath, new_xpath in pair.elements:
            stored = await self._learn(old_xpath)
            if stored is None:
                self.skipped += 1
                continue
            learned.append((stored, new_xpath, f"{pair.old} {old_xpath}"))
            await self._judge(self.unchanged, stored, old_xpath, f"{pair.old} {old_xpath}")
        await open_file(self._page, pair.new)
        for stored, new_xpath, detail in learned:
            if new_xpath is not None:
                await self._judge(self.survivors, stored, new_xpath, detail)
        for stored, new_xpath, detail in learned:
            restore = await self._delete(new_xpath) if new_xpath is not None else None
            if restore is None and new_xpath is not None:
                continue
            await self._judge(self.deleted, stored, None, detail)
            if restore is not None:
                await restore.evaluate("(restore) => restore()")

    async def _learn(self, xpath: str) -> StoredElement | None:
        request = LocateRequest(selector=f"xpath={xpath}", policy=_POLICY, timeout_seconds=0)
        resolution = await locate(self._page, request)
        if resolution.learned is None:
            return None
        return StoredElement.from_json(
            {**resolution.learned.to_json(), "method": "llm", "said": ""}
        )

    async def _judge(
        self, tally: Tally, stored: StoredElement, truth: str | None, detail: str
    ) -> None:
        request = LocateRequest(
            instruction=_NOTHING_SAID, stored=stored, policy=_POLICY, timeout_seconds=0
        )
        started = perf_counter()
        resolution = await locate(self._page, request)
        milliseconds = (perf_counter() - started) * 1000
        verdict = await self._verdict(resolution, truth)
        reason = f"{detail} -> {resolution.decision['element']}: {resolution.decision['reason']}"
        tally.note(verdict, milliseconds, reason)

    async def _verdict(self, resolution: Resolution, truth: str | None) -> str:
        if resolution.element is None:
            return ABSTAINED
        expected = await self._find(truth) if truth else None
        if expected is None:
            return WRONG
        same = await self._page.evaluate(
            "([one, other]) => one === other", [resolution.element, expected]
        )
        return FOUND if same else WRONG

    async def _find(self, xpath: str) -> ElementHandle | None:
        return await self._page.query_selector(f"xpath={xpath}")

    async def _delete(self, xpath: str) -> JSHandle | None:
        """Take an element out; what is returned puts it back in its place."""
        element = await self._find(xpath)
        if element is None:
            return None
        return await element.evaluate_handle(
            """(element) => {
                const [parent, next] = [element.parentNode, element.nextSibling];
                element.remove();
                return () => parent.insertBefore(element, next);
            }"""
        )
