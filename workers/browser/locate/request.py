"""What a step asks for, and what it gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, Self

from playwright.async_api import ElementHandle

from domain.elements.instructions import Instruction, Verb
from domain.elements.keys import digest_target
from domain.elements.policy import Policy
from domain.elements.stored import LearnedElement, Reaction, StoredElement
from workers.browser.locate.last_resort import LastResort

Healing = Literal["heal", "suggest", "off"]


@dataclass(frozen=True, slots=True)
class LocateRequest:
    """One element to find.

    Attributes:
        instruction: what a person said; or
        selector: a Playwright selector. Exactly one of the two.
        action: what will be done with it; decides whether it must be enabled, editable or
            uncovered. None for looking only. Instructions bring their own.
        stored: what the cache knows about it.
        secrets: values that must not be learned or logged.
        healing: what to do with an element that was recognised although it has changed: "heal"
            uses it, "suggest" leaves it to a person, "off" does not look for it.
        last_resort: whom to ask when the words of the instruction lead nowhere.
    """

    instruction: Instruction | None = None
    selector: str | None = None
    action: Verb | None = None
    stored: StoredElement | None = None
    policy: Policy = field(default_factory=Policy)
    timeout_seconds: float = 5.0
    secrets: tuple[str, ...] = field(default=(), repr=False)
    healing: Healing = "heal"
    last_resort: LastResort | None = field(default=None, repr=False)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        """Refuse a request for nothing, or for two things."""
        if (self.instruction is None) == (self.selector is None):
            raise ValueError("a request names either an instruction or a selector")

    @property
    def said(self) -> str:
        """A digest of what is asked for."""
        return digest_target(self.instruction or self.selector or "")

    @property
    def applicable(self) -> Self:
        """The request without a stored element that was learned for something else.

        A step with parameters asks for another element whenever they change.
        """
        if self.stored is None or self.stored.said in {"", self.said}:
            return self
        return replace(self, stored=None)

    @property
    def verb(self) -> Verb | None:
        """What will be done with the element."""
        return self.instruction.verb if self.instruction else self.action


@dataclass(frozen=True, slots=True)
class Candidate:
    """An element that was considered, in words for the error message."""

    description: str
    reason: str

    def __str__(self) -> str:
        return f"{self.description}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer.

    Attributes:
        element: the element to act on, or None after abstaining.
        method: "cache", "healed", "heuristic", "llm" or "selector".
        action: what to do with it; "choose Staff status" becomes a check when it is a checkbox.
        value: the value for that action, if the instruction has one.
        decision: JSON values for the audit row.
        learned: a version to store once the step has passed.
        verify_outcome: act, then compare the page's reaction with `expected`.
        abstained_because: one sentence, when there is no element.
        candidates: what was considered, best first.
        suggested: `learned` was not used, but is for a person to look at.
        is_blind: the page changed all the time, or is too large: that there is no element says
            nothing about what is on it.
    """

    element: ElementHandle | None
    method: str
    decision: Mapping[str, object]
    action: Verb | None = None
    value: str | None = field(default=None, repr=False)
    learned: LearnedElement | None = None
    verify_outcome: bool = False
    expected: Reaction | None = None
    abstained_because: str = ""
    candidates: tuple[Candidate, ...] = ()
    suggested: bool = False
    is_blind: bool = False
