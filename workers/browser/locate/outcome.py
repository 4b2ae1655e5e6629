"""What one look at the page came to."""

from dataclasses import dataclass, field

from playwright.async_api import ElementHandle

from domain.elements.rules import Assessment, Ruling
from domain.elements.stored import LearnedElement
from workers.browser.locate.looking import Sighting


@dataclass(frozen=True, slots=True)
class Considered:
    """One candidate with what was said about it; the score is 0 to 100."""

    sighting: Sighting
    reason: str
    score: float


@dataclass(slots=True)
class Outcome:
    """What one look came to, before it is put into words.

    Attributes:
        reason: why this element, or why none.
        sighting: the element that was recognised, even if it is not ready.
        element: the same, ready to be acted on.
        runner_up: how well the next best answers the instruction.
        ambiguous: several elements fit; waiting will hardly help.
        hopeless: waiting cannot help.
        considered: what was looked at, best first.
        compared: how many elements were looked at in all.
        suggested: `learned` is not used, but for a person to look at.
    """

    reason: str
    method: str = ""
    sighting: Sighting | None = None
    element: ElementHandle | None = None
    learned: LearnedElement | None = None
    assessment: Assessment | None = None
    ruling: Ruling | None = None
    runner_up: float | None = None
    ambiguous: bool = False
    hopeless: bool = False
    considered: list[Considered] = field(default_factory=list)
    compared: int = 0
    suggested: bool = False
