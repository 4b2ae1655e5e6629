"""Learns on one page and locates on the other: the product and every reference, on the same pairs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, ElementHandle, JSHandle, Page
from playwright.async_api import Error as PlaywrightError

from benchmarks.elements import ours
from benchmarks.elements.ablation import VARIANTS, decide_all, explain, read_candidates
from benchmarks.elements.pairs import Pair
from benchmarks.elements.rendering import CannotOpen, Shelf, opened, show
from benchmarks.elements.subjects import REFERENCES, Scripts, Subject, Unusable
from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG, Tally
from workers.browser.locate import Library

PAGE_SECONDS, ELEMENT_SECONDS = 60, 5
"""What a page pair may take, and what each of its elements adds."""
UNCHANGED, SURVIVORS, DELETED = "unchanged page", "still there", "deleted"
MOST_UNUSABLE = 500
"""Are named; all are counted."""
SAME_PAGE = "(one, other) => one.matches('a[href]') && one.href === other.href"
Verdicts = dict[str, Tally]


def tallies(names: Sequence[str]) -> Verdicts:
    """An empty tally for each name."""
    return {name: Tally(name) for name in names}


@dataclass
class Score:
    """All verdicts of one split.

    Attributes:
        ours: by kind of trial.
        references: by kind of trial, then by reference; the same for ablation and its variants.
        removed: how many of the deleted are missing from the new page, rather than taken out.
        reasons: why elements that are still there were not found.
        same_page: of the wrong acceptances, how many are links to the page that the true one leads to.
        not_ready: how many were recognised, but are hidden or disabled now.
    """

    ours: Verdicts = field(default_factory=lambda: tallies((UNCHANGED, SURVIVORS, DELETED)))
    references: dict[str, Verdicts] = field(
        default_factory=lambda: {kind: tallies(REFERENCES) for kind in (SURVIVORS, DELETED)}
    )
    ablation: dict[str, Verdicts] = field(
        default_factory=lambda: {kind: tallies(tuple(VARIANTS)) for kind in (SURVIVORS, DELETED)}
    )
    pages: int = 0
    removed: int = 0
    same_page: int = 0
    not_ready: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unusable: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)

    def set_aside(self, where: str, why: str, count: int = 1) -> None:
        """Count what cannot be tried."""
        self.unusable[why] += count
        if len(self.named) < MOST_UNUSABLE:
            self.named.append(f"{where}: {why}")


class Trial:
    """The trials of one page pair."""

    def __init__(self, pair: Pair, score: Score, advance: Callable[[int], None]) -> None:
        self._pair = pair
        self._score = score
        self._advance = advance
        self._library = Library()
        self._subjects: list[Subject] = []
        self.left = len(pair.elements)

    async def run(self, browser: Browser, shelf: Shelf) -> None:
        """Learn on the old page, look up on the same and on the new one; what fails is counted."""
        limit = PAGE_SECONDS + ELEMENT_SECONDS * len(self._pair.elements)
        try:
            async with asyncio.timeout(limit), opened(browser, shelf) as page:
                await self._study_old(page, shelf)
                await self._try_unchanged(page, shelf)
                await self._try_changed(page, shelf)
            self._score.pages += 1
        except CannotOpen as error:
            self._give_up(str(error))
        except TimeoutError:
            self._give_up("the page takes too long")
        except PlaywrightError as error:
            self._give_up(f"the page fails ({error.message.splitlines()[0][:120]})")
        self._advance(self.left)

    def _give_up(self, why: str) -> None:
        self._score.set_aside(f"{self._pair.old} -> {self._pair.new}", why, self.left)

    def _skip(self, where: str, why: str) -> None:
        self._score.set_aside(where, why)
        self.left -= 1
        self._advance(1)

    async def _study_old(self, page: Page, shelf: Shelf) -> None:
        await show(page, shelf, self._pair.old)
        scripts = await Scripts.send(page)
        for element in self._pair.elements:
            where = f"{self._pair.old} {element.old_xpath}"
            try:
                self._subjects.append(await scripts.study(element, where, self._library))
            except Unusable as error:
                self._skip(where, str(error))

    async def _try_unchanged(self, page: Page, shelf: Shelf) -> None:
        """The old page once more, loaded anew."""
        await show(page, shelf, self._pair.old)
        scripts = await Scripts.send(page)
        for subject in list(self._subjects):
            try:
                truth = await scripts.find(subject.element.old_xpath, "old_xpath")
            except Unusable as error:
                self._subjects.remove(subject)
                self._skip(subject.where, f"after loading the page again, {error}")
                continue
            await self._judge_ours(page, self._score.ours[UNCHANGED], subject, truth)

    async def _try_changed(self, page: Page, shelf: Shelf) -> None:
        await show(page, shelf, self._pair.new, self._pair.old)
        scripts = await Scripts.send(page)
        for subject in self._subjects:
            xpath = subject.element.new_xpath
            try:
                truth = None if xpath is None else await scripts.find(xpath, "new_xpath")
            except Unusable as error:
                self._skip(f"{self._pair.new} {xpath}", str(error))
                continue
            similo = await scripts.judge_similo(subject, truth)
            if truth is not None:
                await self._judge_all(scripts, SURVIVORS, subject, truth, similo[0])
            await self._try_without(scripts, subject, truth, similo[1])
            self.left -= 1
            self._advance(1)

    async def _try_without(
        self,
        scripts: Scripts,
        subject: Subject,
        truth: ElementHandle | None,
        similo: dict[str, str],
    ) -> None:
        """The new page without the element, whether it lacks it anyway or it is taken out now."""
        if truth is None:
            self._score.removed += 1
            await self._judge_all(scripts, DELETED, subject, None, similo)
            return
        async with taken_out(scripts.finding, truth) as is_out:
            if is_out:
                await self._judge_all(scripts, DELETED, subject, None, similo, gone=truth)

    async def _judge_all(
        self,
        scripts: Scripts,
        kind: str,
        subject: Subject,
        truth: ElementHandle | None,
        similo: dict[str, str],
        gone: ElementHandle | None = None,
    ) -> None:
        page, stored = scripts.page, subject.stored
        verdict = await self._judge_ours(page, self._score.ours[kind], subject, truth, gone)
        judged = await scripts.judge_locators(subject, truth) | similo
        for name, judgement in judged.items():
            self._score.references[kind][name].note(judgement)
        seen = await read_candidates(page, stored, truth, self._library)
        for name, told in decide_all(stored, seen).items():
            self._score.ablation[kind][name].note(told)
        if truth is not None and verdict != FOUND:
            self._score.reasons[f"{verdict}: {explain(stored, seen)}"] += 1

    async def _judge_ours(
        self,
        page: Page,
        tally: Tally,
        subject: Subject,
        truth: ElementHandle | None,
        gone: ElementHandle | None = None,
    ) -> str:
        found = await ours.look_up(page, subject.stored, self._library)
        verdict = ABSTAINED
        if found.element is not None:
            same = truth is not None and await found.element.evaluate("(a, b) => a === b", truth)
            verdict = FOUND if same else WRONG
            if gone is not None and await found.element.evaluate(SAME_PAGE, gone):
                self._score.same_page += 1
        elif found.resolution.abstained_because.startswith("it was found, but"):
            self._score.not_ready += 1
        decision = found.resolution.decision
        detail = {
            "pair": f"{self._pair.old} -> {self._pair.new}",
            "old_xpath": subject.element.old_xpath,
            "new_xpath": subject.element.new_xpath,
            "learned": subject.stored.fingerprint.name or subject.stored.fingerprint.text,
            "role": subject.stored.fingerprint.role,
            **{
                key: decision.get(key) for key in ("element", "method", "reason", "total", "layers")
            },
            "considered": decision.get("considered"),
        }
        tally.note(verdict, found.milliseconds, detail)
        return verdict


@asynccontextmanager
async def taken_out(finding: JSHandle, element: ElementHandle) -> AsyncIterator[bool]:
    """Without an element, which is put back afterwards; False where the page cannot be without it."""
    restore = await finding.evaluate_handle("(it, element) => it.remove(element)", element)
    is_out = await restore.evaluate("(restore) => restore !== null")
    yield is_out
    if is_out:
        await restore.evaluate("(restore) => { restore(); }")
    await restore.dispose()
