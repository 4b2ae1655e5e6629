"""An element of an old page: what the product and every reference keep about it."""

from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import ElementHandle, JSHandle, Page

from benchmarks.elements import ours
from benchmarks.elements.pairs import Element
from benchmarks.elements.tally import ABSTAINED, FOUND, WRONG
from benchmarks.references import locators
from benchmarks.references.locators import Spoken
from domain.elements.stored import StoredElement
from workers.browser.locate import Library

FINDING = (Path(__file__).parent / "page" / "finding.js").read_text("utf-8")
SIMILO = (Path(locators.__file__).parent / "similo.js").read_text("utf-8")
ABSOLUTE, BY_ID = "absolute XPath", "XPath by id"
ROLE = "Playwright's role or text"
PLAIN_SIMILO, SURE_SIMILO = "Similo", "Similo, likeness ≥ 0.9"
REFERENCES = (ABSOLUTE, BY_ID, ROLE, PLAIN_SIMILO, SURE_SIMILO)
SURE = 0.9
MOST_CANDIDATES = 6_000
"""Of a page, beyond which Similo is not asked: it compares each with all."""


@dataclass(frozen=True)
class Subject:
    """What was learned of an element.

    Attributes:
        similo: its properties as Similo has them; None where Similo is not asked.
    """

    element: Element
    where: str
    stored: StoredElement
    absolute: str
    by_id: str
    spoken: Spoken | None
    similo: object | None


class Unusable(Exception):
    """An element that cannot be tried; the message says why, in a few words."""


@dataclass
class Scripts:
    """What a page was handed for its trials; gone with its document."""

    page: Page
    finding: JSHandle
    similo: JSHandle | None = None

    @classmethod
    async def send(cls, page: Page) -> "Scripts":
        """Hand a page what finds elements; Similo reads the page when it is asked first."""
        return cls(page, await page.evaluate_handle(FINDING))

    async def find(self, xpath: str, which: str) -> ElementHandle:
        """The only element that an XPath finds.

        Raises:
            Unusable: it finds none, or several.
        """
        count = await self.finding.evaluate("(finding, xpath) => finding.count(xpath)", xpath)
        if count is None:
            raise Unusable(f"{which} cannot be read")
        if count != 1:
            raise Unusable(f"{which} finds {'several elements' if count else 'nothing'}")
        handle = await self.finding.evaluate_handle("(it, xpath) => it.one(xpath)", xpath)
        element = handle.as_element()
        assert element is not None
        return element

    async def ask_similo(self) -> JSHandle | None:
        """Similo's reading of the page; None where there is too much of it."""
        if self.similo is None:
            count = await self.page.evaluate("() => document.querySelectorAll('*').length")
            if count <= MOST_CANDIDATES:
                self.similo = await self.page.evaluate_handle(SIMILO)
        return self.similo

    async def study(self, element: Element, where: str, library: Library) -> Subject:
        """Learn an element of the old page.

        Raises:
            Unusable: its XPath does not find it alone, or it cannot be learned.
        """
        handle = await self.find(element.old_xpath, "old_xpath")
        write = "(finding, element) => [finding.absolute(element), finding.byId(element)]"
        absolute, by_id = await self.finding.evaluate(write, handle)
        stored = await ours.learn(self.page, absolute, library)
        if stored is None:
            raise Unusable("the element cannot be learned")
        spoken = await locators.record(self.page, absolute, handle)
        similo = await self.ask_similo()
        properties = similo and await similo.evaluate("(it, one) => it.describe(one)", handle)
        return Subject(element, where, stored, absolute, by_id, spoken, properties)

    async def judge_locators(self, subject: Subject, truth: ElementHandle | None) -> dict[str, str]:
        """What the references that may find nothing come to; no truth: it was taken out."""
        judged = await self.finding.evaluate(
            "(finding, [xpaths, truth]) => finding.judge(xpaths, truth)",
            [[subject.absolute, subject.by_id], truth],
        )
        found = await subject.spoken.on(self.page).element_handles() if subject.spoken else []
        spoken = ABSTAINED
        if len(found) == 1:
            same = truth is not None and await locators.is_same(found[0], truth)
            spoken = FOUND if same else WRONG
        return {ABSOLUTE: judged[0], BY_ID: judged[1], ROLE: spoken}

    async def judge_similo(
        self, subject: Subject, truth: ElementHandle | None
    ) -> list[dict[str, str]]:
        """What Similo comes to: on the page as it is, and without the true element."""
        similo = await self.ask_similo()
        if similo is None or subject.similo is None:
            return [{}, {}]
        ranked = await similo.evaluate(
            "(similo, [old, truth]) => similo.rank(old, truth)", [subject.similo, truth]
        )
        return [judge_ranked(is_true, score) for is_true, score in ranked]


def judge_ranked(is_true: bool, score: float) -> dict[str, str]:
    """Plain Similo takes whatever comes closest; the other only what is very close."""
    if score < 0:
        return {PLAIN_SIMILO: ABSTAINED, SURE_SIMILO: ABSTAINED}
    verdict = FOUND if is_true else WRONG
    return {PLAIN_SIMILO: verdict, SURE_SIMILO: verdict if score >= SURE else ABSTAINED}
