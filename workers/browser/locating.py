"""The element cache's part in a run: finds what steps point at, keeps what was learned."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final, cast

from playwright.async_api import ElementHandle, Page

from domain.elements.errors import MalformedFingerprint
from domain.elements.instructions import Instruction, Verb
from domain.elements.policy import Policy
from domain.elements.rules import reacted_as_learned
from domain.elements.stability import url_pattern
from domain.elements.stored import StoredElement
from workers.browser.job import Json
from workers.browser.llm.choosing import Chooser
from workers.browser.llm.model import Model
from workers.browser.locate import (
    Healing,
    Library,
    LocateRequest,
    Pictures,
    ReactionWatch,
    Resolution,
    locate,
    name_closed_hosts,
)
from workers.browser.sentences import quote
from workers.browser.wording import NotLocatedError

_SHOWN_CANDIDATES: Final = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a step points at, and what it will do with it.

    Attributes:
        index: Position of the step.
        key: Stable name of the step, under which its element is remembered.
        verb: What will be done; `None` for looking only.
    """

    index: int
    key: str
    verb: Verb | None
    instruction: Instruction | None = None
    selector: str | None = None

    @property
    def shown(self) -> str:
        """What a person wrote, as part of a sentence."""
        return f"the selector {quote(self.selector)}" if self.selector else ""


@dataclass(slots=True)
class Locating:
    """One run's view of the element cache.

    Attributes:
        stored: Entries with ``step_key``, ``url_pattern`` and ``element``.
        policy: Weights and thresholds.
        healing: What becomes of elements that have changed.
        model: Whom to ask when words lead nowhere.
        decisions: One entry per decision since the last `take`, with ``step_index`` and
            ``step_key``.
        learned: Versions to store since then, with ``step_index`` and ``step_key``.
    """

    stored: Sequence[Json] = ()
    secrets: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    healing: Healing = "heal"
    model: Model | None = None
    decisions: list[Json] = field(default_factory=list)
    learned: list[Json] = field(default_factory=list)
    _library: Library = field(default_factory=Library)
    _pictures: Pictures = field(default_factory=Pictures)

    async def find(self, page: Page, wanted: Wanted, timeout_s: float) -> ElementHandle:
        """The one element that is wanted, to be looked at only.

        It is learned for when its selector breaks. What was found by words is not: the text that
        a step reads is what changes, and a learned one would stand against the words.

        Raises:
            NotLocatedError: There is none, or the choice would be arbitrary.
        """
        resolution, element = await self._find(page, wanted, timeout_s)
        if resolution.learned is not None and wanted.selector is not None:
            self.learned.append(_identify(wanted, resolution.learned.to_json()))
        return element

    @asynccontextmanager
    async def using(
        self, page: Page, wanted: Wanted, timeout_s: float
    ) -> AsyncIterator[tuple[Resolution, ElementHandle]]:
        """Find an element, let the body act on it, then judge and learn the page's reaction.

        Nothing has been done to the page when the body begins.

        Raises:
            NotLocatedError: As by `find`, or the page reacted otherwise than it used to, so that
                another element may have been used.
        """
        resolution, element = await self._find(page, wanted, timeout_s)
        learned = resolution.learned
        learns_reaction = learned is not None and learned.reaction is None
        watch = None
        if resolution.verify_outcome or learns_reaction:
            watch = await ReactionWatch.open(page, element)
        yield resolution, element
        if watch is not None:
            reaction = await watch.close(resolution.expected)
            if resolution.verify_outcome and not reacted_as_learned(resolution.expected, reaction):
                self.decisions[-1] = {**self.decisions[-1], "confirmed": False}
                raise NotLocatedError(
                    "an element was recognised with some doubt, and the page did not react to it "
                    "as it used to; it may have been the wrong one"
                )
            if learned is not None and learns_reaction:
                learned = replace(learned, reaction=reaction)
        if learned is not None:
            self.learned.append(_identify(wanted, learned.to_json()))

    async def look(self, page: Page, wanted: Wanted, timeout_s: float) -> Resolution:
        """What the page's own words lead to, without an exception when there is nothing.

        Asks no model, and learns nothing.
        """
        return await self._locate(page, wanted, timeout_s, None)

    @property
    def library(self) -> Library:
        """What was sent to the pages of this run, to be used by others that look at them."""
        return self._library

    def charge(self, wanted: Wanted, usage: Json | None, decision: Json) -> None:
        """Note what asking the model took: with the step's last decision, else as one of its own.

        Args:
            decision: What was decided, in the shape of other decisions, where there is none yet, or
                where the last one has its own account already.
        """
        if usage is None:
            return
        spent = {"usage": usage}
        last = self.decisions[-1] if self.decisions else {}
        if last.get("step_index") == wanted.index and "usage" not in last:
            self.decisions[-1] = {**last, **spent}
        else:
            self.decisions.append(_identify(wanted, {**decision, **spent}))

    def summarise(self, index: int) -> Json:
        """What was decided for a step, in short; empty when it pointed at no element."""
        for decision in reversed(self.decisions):
            if decision["step_index"] == index:
                names = ("decision", "method", "total", "milliseconds", "element")
                return {name: decision.get(name) for name in names}
        return {}

    def take(self, *, passed: bool) -> tuple[list[Json], list[Json]]:
        """Hand over decisions and, if their step passed, learned; begin new lists.

        What is only suggested is handed over in any case: because of it the step did not pass.
        """
        learned = [one for one in self.learned if passed or one["reason"] == "suggested"]
        taken = self.decisions, learned
        self.decisions, self.learned = [], []
        return taken

    async def _find(
        self, page: Page, wanted: Wanted, timeout_s: float
    ) -> tuple[Resolution, ElementHandle]:
        chooser = None if self.model is None else Chooser(self.model)
        resolution = await self._locate(page, wanted, timeout_s, chooser)
        if resolution.suggested and resolution.learned is not None:
            self.learned.append(_identify(wanted, resolution.learned.to_json()))
        if resolution.element is None:
            hidden = [] if resolution.candidates else await name_closed_hosts(page)
            raise NotLocatedError(_describe_abstention(wanted, resolution, hidden))
        return resolution, resolution.element

    async def _locate(
        self, page: Page, wanted: Wanted, timeout_s: float, last_resort: Chooser | None
    ) -> Resolution:
        recalled_from, stored = self._recall(wanted, page.url)
        request = LocateRequest(
            instruction=wanted.instruction,
            selector=wanted.selector,
            action=wanted.verb,
            stored=stored,
            timeout_seconds=timeout_s,
            secrets=self.secrets,
            policy=self.policy,
            healing=self.healing,
            last_resort=last_resort,
        )
        resolution = await locate(page, request, self._library, self._pictures)
        decision = {**resolution.decision, "recalled_from": recalled_from}
        self.decisions.append(_identify(wanted, decision))
        return resolution

    def _recall(self, wanted: Wanted, url: str) -> tuple[str, StoredElement | None]:
        """The element remembered for this step on this page, or for this step alone; from where."""
        known = [entry for entry in self.stored if entry["step_key"] == wanted.key]
        pattern = url_pattern(url)
        same_page = [entry for entry in known if entry.get("url_pattern") == pattern]
        for entry in same_page or known[:1]:
            try:
                element = StoredElement.from_json(cast("Json", entry["element"]))
            except MalformedFingerprint:
                # Written by another version of the product: as if it was not there.
                continue
            return str(entry.get("url_pattern", "")), element
        return "", None


def _identify(wanted: Wanted, entry: Mapping[str, object]) -> Json:
    return {**entry, "step_index": wanted.index, "step_key": wanted.key}


def _describe_abstention(wanted: Wanted, resolution: Resolution, hidden: Sequence[str]) -> str:
    """Why nothing was used, with what came closest, or what hides what is inside it."""
    waited_s = float(str(resolution.decision["milliseconds"])) / 1000
    reason = f"{resolution.abstained_because} (waited {waited_s:.1f} s)"
    if wanted.selector is not None:
        reason = reason.replace(f"the selector {wanted.selector}", wanted.shown)
        reason = reason.replace("nothing matches", "nothing on the page matches")
    if hidden:
        inside = "hides what is inside it" if len(hidden) == 1 else "hide what is inside them"
        return f"{reason}; {', '.join(hidden)} {inside} (a closed shadow root)"
    if not resolution.candidates or wanted.selector is not None:
        return reason
    shown = "; ".join(str(one) for one in resolution.candidates[:_SHOWN_CANDIDATES])
    return f"{reason}; considered: {shown}"
