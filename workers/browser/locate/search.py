"""One look at the page for one request, and the answer made of it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Final

from playwright.async_api import ElementHandle, Frame, Page
from playwright.async_api import Error as PlaywrightError

from domain.elements import rules
from domain.elements.identity import Verdict, is_translated
from domain.elements.rules import Assessment, Band
from domain.elements.stability import url_pattern
from domain.elements.stored import LearnedElement, StoredElement
from workers.browser.locate import looking, reports
from workers.browser.locate.last_look import LastLook
from workers.browser.locate.learning import is_new, make_version
from workers.browser.locate.looking import Look, Sighting
from workers.browser.locate.outcome import Outcome
from workers.browser.locate.pictures import Pictures, Taken
from workers.browser.locate.readings import Reading, readings_of
from workers.browser.locate.request import LocateRequest, Resolution
from workers.browser.locate.scripts import Library

_RIVALS_AT_HIT: Final = 3
_MOST_MATCHES: Final = 10
# Resolvers whose elements need not carry the words of the instruction.
_UNWORDED: Final = frozenset({"llm", "person", "selector"})


class Search:
    """Looks for the element of one request, as often as asked."""

    def __init__(
        self, page: Page, request: LocateRequest, library: Library, pictures: Pictures | None
    ) -> None:
        self._page = page
        self._library = library
        self._pictures = pictures
        self._request = request
        self._policy = request.policy
        self._readings: list[Reading] = (
            readings_of(request.instruction, request.policy) if request.instruction else []
        )
        self._looks: list[Look] = []
        self._last_look = LastLook(request)

    async def look(self) -> Outcome:
        """Look once: cache first, then with patience healing and heuristics.

        Raises:
            PlaywrightError: the page moved on, or is gone.
        """
        request = self._request
        if request.selector is not None:
            outcome = await self._by_selector(request.selector)
        else:
            found = await self._by_instruction()
            outcome = await self._last_look.improve(found, self._page, self._library, self._inspect)
        if outcome.sighting is None or outcome.element is not None:
            return outcome
        return await self._make_ready(outcome, outcome.sighting)

    def forget(self) -> None:
        """Release what the looks so far hold in the browser."""
        looks, self._looks = self._looks, []
        looking.release(looks)

    def resolve(self, outcome: Outcome, milliseconds: float) -> Resolution:
        """Turn the last outcome into the answer."""
        pattern = url_pattern(self._page.url)
        resolution = reports.resolution(self._request, outcome, pattern, milliseconds)
        return self._last_look.charge(resolution)

    async def _by_instruction(self) -> Outcome:
        stored = self._request.stored
        if stored is None:
            await looking.settle(self._page, self._policy)
            return await self._by_words(None)
        async for _ in self._moments(stored):
            outcome = await self._from_cache(stored)
            if outcome.sighting:
                return outcome
        return await self._otherwise(stored)

    async def _moments(self, stored: StoredElement) -> AsyncIterator[None]:
        """When to look: now, and until the page rests; it may be half there, and no miss a miss."""
        yield
        if await looking.parsed(self._page, self._policy):
            yield
        styles = [one.value for one in stored.selectors if one.kind == "css" and not one.hosts]
        if await looking.settle(self._page, self._policy, styles):
            yield
            await looking.settle(self._page, self._policy)
        yield

    async def _otherwise(self, stored: StoredElement) -> Outcome:
        """Find by looks or words what its selectors do not find any more."""
        healed = Outcome("") if self._ordinal else await self._healed(stored)
        if healed.sighting and self._request.healing == "heal":
            return healed
        resolved = await self._by_words(stored)
        if resolved.sighting:
            return resolved
        if healed.sighting:
            return await self._suggest(healed)
        if healed.ambiguous:
            return healed
        return (
            replace(resolved, reason=f"{resolved.reason}, and {healed.reason}")
            if healed.considered
            else resolved
        )

    @property
    def _ordinal(self) -> int:
        return self._request.instruction.ordinal if self._request.instruction else 0

    async def _from_cache(self, stored: StoredElement) -> Outcome:
        """Verify what the stored selectors find."""
        frames = looking.find_frames(self._page, stored.frame)
        looks = [await self._look(frame, "verify", self._verification(stored)) for frame in frames]
        return await self._judge_closely(stored, looks, "cache")

    async def _healed(self, stored: StoredElement) -> Outcome:
        """Compare with everything on the page, in every frame, if the test wants that."""
        if self._request.healing == "off":
            return Outcome("the test looks for no other")
        limits = {
            "candidates": self._policy.candidates,
            "largest_page": self._policy.largest_page,
        }
        arguments: dict[str, object] = {"stored": stored.fingerprint, "limits": limits}
        looks = await self._look_everywhere("heal", arguments | {"readings": self._readings})
        return await self._judge_closely(stored, looks, "healed")

    async def _judge_closely(
        self, stored: StoredElement, looks: list[Look], method: str
    ) -> Outcome:
        """Apply the rules; where that leaves a doubt, look at the picture as well."""
        outcome = self._judge(stored, looks, method)
        ruling = outcome.ruling
        if ruling is None or not ruling.is_doubtful or stored.fingerprint.picture is None:
            return outcome
        every = [(look, index) for look in looks for index in range(len(look.sightings))]
        look, index = every[ruling.index]
        taken = await self._draw(look.sightings[index])
        if taken is None:
            return outcome
        fingerprint = replace(look.sightings[index].fingerprint, picture=taken.hashes)
        look.sightings[index] = replace(look.sightings[index], fingerprint=fingerprint)
        return self._judge(stored, looks, method)

    async def _draw(self, sighting: Sighting, element: ElementHandle | None = None) -> Taken | None:
        """Take the picture of an element, where that is wanted and nothing is in the way."""
        if self._pictures is None or sighting.fingerprint.state.covered_by:
            return None
        element = element or await sighting.element()
        if element is None:
            return None
        return await self._pictures.take(self._page, element, self._request.secrets)

    def _judge(self, stored: StoredElement, looks: list[Look], method: str) -> Outcome:
        """Apply the rules to all that was seen."""
        if any(seen.too_large for seen in looks):
            return Outcome("the page has too many elements to be sure", method, hopeless=True)
        seen = [sighting for each in looks for sighting in each.sightings]
        assessed = [self._assess(stored, sighting) for sighting in seen]
        ruling = rules.decide(assessed, self._policy)
        outcome = Outcome(
            ruling.reason,
            method,
            ruling=ruling,
            ambiguous=ruling.band is Band.ABSTAIN,
            considered=reports.considered(seen, assessed),
            compared=sum(each.compared for each in looks) or len(seen),
        )
        if ruling.index < 0:
            return outcome
        outcome.assessment = assessed[ruling.index]
        best = seen[ruling.index]
        if not ruling.is_usable:
            return outcome
        if method == "cache" and best.found_by is None:
            outcome.reason = "the stored selectors find something else"
        elif not self._still_answers(stored, best):
            outcome.reason = "it no longer answers the instruction"
            outcome.ruling = replace(ruling, band=Band.AFRESH, reason=outcome.reason)
        else:
            outcome.sighting = best
        return outcome

    def _assess(self, stored: StoredElement, seen: Sighting) -> Assessment:
        return rules.assess(stored, seen.fingerprint, self._policy, self._request.now)

    def _still_answers(self, stored: StoredElement, best: Sighting) -> bool:
        """Say whether the words of the instruction still lead here, if they ever did."""
        if not self._readings or best.answers is None:
            return True
        if is_translated(stored.fingerprint, best.fingerprint):
            return not self._ordinal
        if not best.placed:
            return False
        if stored.method in _UNWORDED:
            return True
        limits = self._policy.instructed
        if self._ordinal:
            return best.answers >= limits.exact
        return best.answers >= limits.accept

    async def _by_words(self, stored: StoredElement | None) -> Outcome:
        """Find what answers the instruction; a stored element must not contradict it."""
        limits = {"candidates": self._policy.candidates, "largest_page": self._policy.largest_page}
        arguments: dict[str, object] = {"readings": self._readings, "limits": limits}
        looks = await self._look_everywhere("instruct", arguments)
        if any(seen.too_large for seen in looks):
            return Outcome("the page has too many elements to be sure", "heuristic", hopeless=True)
        outcome = reports.choose_match(looks, self._request)
        if outcome.sighting is None or stored is None:
            return outcome
        assessed = self._assess(stored, outcome.sighting)
        outcome.assessment = assessed
        verdict = assessed.identity.verdict
        if verdict in {Verdict.DIFFERENT, Verdict.UNDECIDED}:
            why = "the only match for its words is not the element that was learned"
            outcome.reason = f"{why}: {assessed.identity.reason}"
            outcome.sighting = None
            outcome.ambiguous = True
        elif self._ordinal and verdict is Verdict.SAME:
            outcome.method = "cache"
        return outcome

    async def _by_selector(self, selector: str) -> Outcome:
        """Follow the author's selector; heal from the cache only if it finds nothing."""
        stored = self._request.stored
        try:
            seen, matches = await self._match(selector, stored)
            if not matches and stored is not None:
                # Only once the page rests, nothing is nothing.
                appeared = await looking.settle(self._page, self._policy, [selector])
                seen, matches = await self._match(selector, stored)
                if appeared and not matches:
                    await looking.settle(self._page, self._policy)
        except PlaywrightError as error:
            if "selector" not in str(error).lower():
                raise
            return Outcome(f"the selector {selector} cannot be read", "selector", hopeless=True)
        if not matches:
            return await self._instead_of_selector(selector, stored)
        return self._judge_matches(selector, stored, seen, matches)

    def _judge_matches(
        self, selector: str, stored: StoredElement | None, seen: Look, matches: int
    ) -> Outcome:
        if stored is None and matches > 1:
            reason = f"the selector {selector} matches {matches} elements"
            return Outcome(reason, "selector", ambiguous=True)
        if stored is None:
            return Outcome("the selector matches", "selector", seen.sightings[0])
        outcome = self._judge(stored, [seen], "cache")
        if outcome.sighting or matches > 1:
            if not outcome.sighting:
                outcome.reason = (
                    f"the selector {selector} matches {matches} elements: {outcome.reason}"
                )
            return outcome
        # One match, but not the learned element: the author's selector is explicit, so it wins.
        found = seen.sightings[0]
        assessed = self._assess(stored, found)
        outcome.method, outcome.sighting, outcome.ambiguous = "selector", found, False
        outcome.assessment, outcome.ruling = assessed, None
        if assessed.identity.verdict is Verdict.DIFFERENT:
            outcome.reason = f"the selector now finds another element: {assessed.identity.reason}"
        return outcome

    async def _instead_of_selector(self, selector: str, stored: StoredElement | None) -> Outcome:
        missing = f"nothing matches the selector {selector}"
        if stored is None:
            return Outcome(missing, "selector")
        outcome = await self._healed(stored)
        if outcome.sighting and self._request.healing == "suggest":
            outcome = await self._suggest(outcome)
        if outcome.sighting is None:
            outcome.reason = f"{missing}, and {outcome.reason}"
        return outcome

    async def _suggest(self, outcome: Outcome) -> Outcome:
        """Keep what was recognised for a person to look at, and use nothing."""
        sighting = outcome.sighting
        outcome.element = None if sighting is None else await sighting.element()
        if sighting is None or outcome.element is None:
            return replace(outcome, sighting=None, reason="it vanished while it was looked at")
        learned = await self._learn(outcome, sighting)
        shown = reports.describe(sighting.fingerprint)
        return replace(
            outcome,
            reason=f"it seems to be {shown} now, but this test only suggests what has changed",
            sighting=None,
            element=None,
            learned=None if learned is None else replace(learned, reason="suggested"),
            ambiguous=True,
            suggested=True,
        )

    async def _match(self, selector: str, stored: StoredElement | None) -> tuple[Look, int]:
        """Look at what the selector finds; also how many that are, not all of which are looked at.

        Playwright's own engine is asked only where plain CSS is not enough: a page takes it in
        slowly, and hands its elements over slowly.
        """
        request = {} if stored is None else self._verification(stored)
        main = self._page.main_frame
        limits = {"selector": selector, "most": _MOST_MATCHES}
        seen = await self._look(main, "match", request | limits)
        if seen.matches or (seen.matches == 0 and len(self._page.frames) == 1):
            return seen, seen.matches
        for frame in self._page.frames:
            handles = await frame.query_selector_all(selector)
            if handles:
                entry = "inspect" if stored is None else "verify"
                given = handles[:_MOST_MATCHES]
                return await self._look(frame, entry, request, given), len(handles)
        return seen, 0

    def _verification(self, stored: StoredElement) -> dict[str, object]:
        return {
            "stored": stored.fingerprint,
            "selectors": [
                {"kind": s.kind, "value": s.value, "hosts": list(s.hosts)} for s in stored.selectors
            ],
            "readings": self._readings,
            "limits": {"rivals": _RIVALS_AT_HIT},
        }

    async def _look(
        self,
        frame: Frame,
        entry: str,
        arguments: dict[str, object],
        given: Sequence[ElementHandle] = (),
    ) -> Look:
        secrets = self._request.secrets
        seen = await looking.look(
            self._library, frame, entry, arguments, given=given, secrets=secrets
        )
        self._looks.append(seen)
        return seen

    async def _inspect(self, frame: Frame, element: ElementHandle) -> Sighting:
        """Look at an element that somebody else has chosen."""
        return (await self._look(frame, "inspect", {}, [element])).sightings[0]

    async def _look_everywhere(self, entry: str, arguments: dict[str, object]) -> list[Look]:
        """Look in every frame; one that vanishes meanwhile has nothing to offer."""
        looks = [await self._look(self._page.main_frame, entry, arguments)]
        for frame in self._page.frames[1:]:
            try:
                seen = await self._look(frame, entry, arguments)
                if seen.sightings and not await looking.is_shown(frame):
                    seen.sightings.clear()
            except PlaywrightError as error:
                if looking.is_closed(self._page, error):
                    raise
                continue
            looks.append(seen)
        return looks

    async def _make_ready(self, outcome: Outcome, sighting: Sighting) -> Outcome:
        """Fetch the element if it can be acted on now; otherwise say what is in the way."""
        verb = self._request.verb
        obstacle = reports.obstacle(sighting.fingerprint.state, verb)
        element = await sighting.element()
        if element is None:
            return replace(outcome, sighting=None, reason="it vanished while it was looked at")
        if obstacle:
            if sighting.fingerprint.state.covered_by:
                await element.evaluate("(element) => element.scrollIntoView({ block: 'center' })")
            return replace(outcome, sighting=None, reason=obstacle, ambiguous=False)
        outcome.element = element
        outcome.learned = await self._learn(outcome, sighting)
        return outcome

    async def _learn(self, outcome: Outcome, sighting: Sighting) -> LearnedElement | None:
        """Return the version to store, if this look taught anything."""
        element, request = outcome.element, self._request
        if element is None or not is_new(request, outcome, sighting):
            return None
        fresh = sighting.fingerprint
        studied, selectors = await looking.study(self._library, element, fresh, request.secrets)
        taken = await self._draw(sighting, element)
        return make_version(
            request,
            outcome,
            replace(studied, picture=taken.hashes if taken else None),
            selectors=selectors,
            frame=looking.frame_ref(sighting.look.frame),
            url_pattern=url_pattern(self._page.url),
            picture=taken.text if taken else "",
        )
