"""Turns to the last resort of a lookup once everything else had its chance on a page at rest."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import perf_counter
from typing import Final

from playwright.async_api import ElementHandle, Frame, Page

from domain.elements import rules
from domain.elements.identity import Verdict
from domain.elements.instructions import Verb
from domain.elements.masking import mask_text
from domain.elements.rules import Band
from workers.browser.locate.last_resort import Asking, Choice
from workers.browser.locate.looking import Sighting
from workers.browser.locate.outcome import Considered, Outcome
from workers.browser.locate.reports import describe, obstacle
from workers.browser.locate.request import LocateRequest, Resolution
from workers.browser.locate.scripts import Library

# What comes late on most pages is there by then; asking earlier would cost money for nothing,
# and might choose something else because the right one is not there yet.
_GRACE_SECONDS: Final = 1.0
_GRACE_SHARE: Final = 1 / 3

Inspect = Callable[[Frame, ElementHandle], Awaitable[Sighting]]


class LastLook:
    """One lookup's way to its last resort; does nothing where there is none."""

    def __init__(self, request: LocateRequest) -> None:
        self._request = request
        self._began = perf_counter()
        instruction = request.instruction
        self._asking: Asking | None = None
        if request.last_resort is not None and instruction is not None:
            self._asking = request.last_resort.look_for(instruction)

    async def improve(
        self, outcome: Outcome, page: Page, library: Library, inspect: Inspect
    ) -> Outcome:
        """Ask where nothing was found or several things were; say why where that does not help.

        Raises:
            PlaywrightError: The page moved on, or is gone.
        """
        nothing = outcome.sighting is None and not outcome.hopeless and not outcome.suggested
        elapsed = perf_counter() - self._began
        grace = min(_GRACE_SECONDS, self._request.timeout_seconds * _GRACE_SHARE)
        if self._asking is None or not nothing or elapsed < grace:
            return outcome
        left = self._request.timeout_seconds - elapsed
        choice = await self._asking.choose(page, library, left)
        seen = [await inspect(found.frame, found.element) for found in choice.found]
        if len(seen) == 1:
            return self._judge(outcome, choice, seen[0])
        return self._abstain(outcome, choice.reason, choice, seen)

    def charge(self, resolution: Resolution) -> Resolution:
        """Note in the decision what asking took, where anybody was asked."""
        usage = self._asking.usage if self._asking is not None else None
        if usage is None:
            return resolution
        return replace(resolution, decision={**resolution.decision, "usage": usage})

    def _judge(self, outcome: Outcome, choice: Choice, seen: Sighting) -> Outcome:
        """Use what was chosen, unless that contradicts the step or what is remembered of it."""
        objection = (
            self._find_rival(outcome, seen)
            or self._find_objection(seen)
            or self._find_twin(outcome, seen)
        )
        if objection:
            reason = f"{choice.reason}, but {objection}"
            return self._abstain(outcome, reason, choice, [seen])
        return Outcome(
            self._word(choice.reason),
            "llm",
            sighting=seen,
            considered=[Considered(seen, choice.reason, 0.0), *outcome.considered],
            compared=max(choice.compared, outcome.compared),
        )

    def _find_rival(self, outcome: Outcome, seen: Sighting) -> str:
        """Say so if the words name another element exactly: then they cannot have told the two apart."""
        if not outcome.ambiguous or outcome.method != "heuristic":
            return ""
        rivals = [
            one.sighting.fingerprint
            for one in outcome.considered
            if one.score >= self._request.policy.instructed.exact
            and one.sighting.fingerprint.box != seen.fingerprint.box
        ]
        usable = [one for one in rivals if not obstacle(one.state, self._request.verb)]
        return f"the words name {describe(usable[0])} just as well" if usable else ""

    def _find_objection(self, seen: Sighting) -> str:
        instruction, stored = self._request.instruction, self._request.stored
        tag = seen.fingerprint.tag
        has_value = instruction is not None and instruction.value is not None
        if self._request.verb is Verb.SELECT and has_value and tag != "select":
            # A click on it would open it at best, and the step would seem to have passed.
            return "that is no list to choose from"
        if stored is None:
            return ""
        assessed = rules.assess(stored, seen.fingerprint, self._request.policy, self._request.now)
        if assessed.identity.verdict in {Verdict.DIFFERENT, Verdict.UNDECIDED}:
            return f"it is not the element that was learned: {assessed.identity.reason}"
        return ""

    def _find_twin(self, outcome: Outcome, seen: Sighting) -> str:
        """Say so if what is remembered fits another element as well: to choose would be to guess."""
        stored = self._request.stored
        if stored is None or not outcome.ambiguous or outcome.method == "heuristic":
            return ""
        every = [seen.fingerprint, *(one.sighting.fingerprint for one in outcome.considered)]
        rivals = [one for one in every[1:] if one.box != seen.fingerprint.box]
        policy, now = self._request.policy, self._request.now
        assessed = [rules.assess(stored, one, policy, now) for one in (every[0], *rivals)]
        ruling = rules.decide(assessed, policy)
        return ruling.reason if ruling.band is Band.ABSTAIN else ""

    def _abstain(
        self, outcome: Outcome, reason: str, choice: Choice, seen: list[Sighting]
    ) -> Outcome:
        """Keep the reason of those before, and add the new one."""
        said = self._word(reason)
        fitting = [Considered(one, said, 0.0) for one in seen]
        return replace(
            outcome,
            reason=f"{outcome.reason}; {said}" if said else outcome.reason,
            method="llm" if choice.asked else outcome.method,
            ambiguous=outcome.ambiguous or len(seen) > 1,
            considered=[*fitting, *outcome.considered],
            compared=max(choice.compared, outcome.compared),
        )

    def _word(self, reason: str) -> str:
        return mask_text(reason, self._request.secrets)
