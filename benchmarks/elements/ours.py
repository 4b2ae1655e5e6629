"""The product's own code, as the trials call it."""

from dataclasses import dataclass
from time import perf_counter

from playwright.async_api import ElementHandle, Page

from domain.elements.instructions import Instruction, Verb
from domain.elements.policy import Policy
from domain.elements.stored import StoredElement
from workers.browser.locate import Library, LocateRequest, Resolution, locate

# Words that no page holds: the cache and its healing must do without.
NAMELESS = "-no page says this-"
# Pages rest before they are tried, so there is nothing to wait for.
POLICY = Policy(quiet_milliseconds=1)


@dataclass(frozen=True)
class Lookup:
    """What one lookup came to, and what it took."""

    element: ElementHandle | None
    milliseconds: float
    resolution: Resolution


async def learn(page: Page, xpath: str, library: Library) -> StoredElement | None:
    """What the cache keeps about an element; None when it cannot be learned."""
    request = LocateRequest(selector=f"xpath={xpath}", policy=POLICY, timeout_seconds=0)
    resolution = await locate(page, request, library)
    if resolution.learned is None:
        return None
    return StoredElement.from_json({**resolution.learned.to_json(), "method": "llm", "said": ""})


async def look_up(page: Page, stored: StoredElement, library: Library) -> Lookup:
    """Find a learned element again, for whatever could be done with it when it was learned."""
    request = LocateRequest(
        instruction=Instruction(verb_for(stored), NAMELESS),
        stored=stored,
        policy=POLICY,
        timeout_seconds=0,
    )
    started = perf_counter()
    resolution = await locate(page, request, library)
    return Lookup(resolution.element, (perf_counter() - started) * 1000, resolution)


def verb_for(stored: StoredElement) -> Verb:
    """Something that needs no more than the element offered: not to be visible, or enabled."""
    state = stored.fingerprint.state
    if not state.enabled:
        return Verb.HOVER
    return Verb.PRESS if state.visible else Verb.UPLOAD
