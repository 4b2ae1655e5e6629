"""Learns on one page and locates on the other, with the product's own code."""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from playwright.async_api import ElementHandle, Page, Route

from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG, Tally
from domain.elements.instructions import Instruction, Verb
from domain.elements.policy import Policy
from domain.elements.stored import StoredElement
from workers.browser.locate import LocateRequest, Resolution, locate

ORIGIN = "http://pairs.invalid"
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

    def __init__(self, page: Page, directory: Path) -> None:
        self._page = page
        self._directory = directory
        self.survivors = Tally("still there")
        self.deleted = Tally("deleted")
        self.unchanged = Tally("unchanged page")
        self.skipped = 0

    async def prepare(self) -> None:
        """Serve the directory, and nothing else."""
        await self._page.route("**/*", self._serve)

    async def try_pair(self, pair: Pair) -> None:
        """Try every element of a pair."""
        learned: list[tuple[StoredElement, str | None, str]] = []
        await self._open(pair.old)
        for old_xpath, new_xpath in pair.elements:
            stored = await self._learn(old_xpath)
            if stored is None:
                self.skipped += 1
                continue
            learned.append((stored, new_xpath, f"{pair.old} {old_xpath}"))
            await self._judge(self.unchanged, stored, old_xpath, f"{pair.old} {old_xpath}")
        await self._open(pair.new)
        for stored, new_xpath, detail in learned:
            if new_xpath is not None:
                await self._judge(self.survivors, stored, new_xpath, detail)
        for stored, new_xpath, detail in learned:
            # Deleting changes the page for all that follow, so each is tried on a fresh one.
            await self._open(pair.new)
            if new_xpath is not None and not await self._delete(new_xpath):
                continue
            await self._judge(self.deleted, stored, None, detail)

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

    async def _delete(self, xpath: str) -> bool:
        element = await self._find(xpath)
        if element is None:
            return False
        await element.evaluate("(element) => element.remove()")
        return True

    async def _open(self, name: str) -> None:
        await self._page.goto(f"{ORIGIN}/{name}")

    async def _serve(self, route: Route) -> None:
        path = (self._directory / route.request.url.removeprefix(f"{ORIGIN}/")).resolve()
        if route.request.url.startswith(ORIGIN) and path.is_relative_to(self._directory):
            if path.is_file():
                await route.fulfill(path=path)
                return
        await route.abort()
